// Packs the package and checks what is in it: everything that a palette user needs, nothing else.
// usage: node scripts/verify-package.mjs [--out folder-for-the-tarball] [--list file]
//   --list: check the file names in that file, one a line, instead of packing
import { execFileSync } from 'node:child_process';
import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

process.chdir(dirname(dirname(fileURLToPath(import.meta.url))));
const { values } = parseArgs({ options: { out: { type: 'string' }, list: { type: 'string' } } });

const ALLOWED = [
  /^(package\.json|LICENSE|README\.md|CHANGELOG\.md)$/,
  /^examples\/\d\d-[\w-]+\.json$/,
  /^dist\/src\/[\w/.-]+\.(js|json)$/,
  /^dist\/nodes\/[\w/.-]+\.js$/,
  /^dist\/nodes\/[\w-]+\/[\w-]+\.html$/,
  /^dist\/nodes\/[\w-]+\/icons\/[\w-]+\.svg$/,
  /^dist\/nodes\/[\w-]+\/locales\/[\w-]+\/[\w-]+\.(json|html)$/,
];
const FORBIDDEN = [/\.test\./, /\.editor\.js$/, /\.map$/, /\/editor\//, /fixtures/];
/** About a fifth above what there is: the sidebar and the YAML parser are 250 KB of it. */
const MAX_UNPACKED_KB = 2560;

const packed = values.list === undefined ? pack() : { files: readList(values.list), kb: 0 };
const problems = [
  ...packed.files.filter((file) => !isAllowed(file)).map((file) => `must not be packed: ${file}`),
  ...required()
    .filter((file) => !packed.files.includes(file))
    .map((file) => `is missing: ${file}`),
  ...(packed.kb > MAX_UNPACKED_KB ? [`too large: ${packed.kb} KB unpacked`] : []),
];
for (const problem of problems) console.error(problem);
if (problems.length === 0)
  console.log(`${packed.tarball ?? ''} ${packed.files.length} files, ${packed.kb} KB unpacked`);
process.exitCode = problems.length > 0 ? 1 : 0;

function isAllowed(file) {
  return ALLOWED.some((form) => form.test(file)) && !FORBIDDEN.some((form) => form.test(file));
}

/** What the manifest promises, and what belongs to a node: form, texts, help, icon. */
function required() {
  const { 'node-red': nodeRed } = JSON.parse(readFileSync('package.json', 'utf8'));
  const { nodes, plugins } = nodeRed;
  const entries = [...Object.values(nodes), ...Object.values(plugins ?? {})];
  return [
    'package.json',
    'LICENSE',
    'README.md',
    'CHANGELOG.md',
    ...entries,
    ...Object.values(nodes).flatMap(partsOfNode),
    ...globSync('examples/*.json'),
    ...globSync('src/**/*.json').map((file) => join('dist', file)),
  ];
}

function partsOfNode(entry) {
  const folder = dirname(entry);
  const type = basename(folder);
  const texts = ['json', 'html'].map((ending) => `locales/en-US/${type}.${ending}`);
  const icons = globSync(`icons/${type}.svg`);
  return [`${type}.html`, ...texts, ...icons].map((part) => join(folder, part));
}

function pack() {
  const folder = values.out ?? mkdtempSync(join(tmpdir(), 'pack-'));
  const args = ['pack', '--json', '--ignore-scripts', '--pack-destination', folder];
  const [result] = JSON.parse(execFileSync('npm', args, { encoding: 'utf8' }));
  if (values.out === undefined) rmSync(folder, { recursive: true });
  return {
    tarball: join(folder, result.filename),
    files: result.files.map(({ path }) => path),
    kb: Math.ceil(result.unpackedSize / 1024),
  };
}

function readList(file) {
  return readFileSync(file, 'utf8').split('\n').filter(Boolean);
}

// Writes the catalogue of senders as typed data from scripts/catalogue/providers.json: the providers by
// category, what the edit dialog shows of them, and the table in docs/VERIFICATION.md.
// usage: node scripts/generate-catalogue.mjs [--check]   (--check: writes nothing, fails on a difference)
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { format } from 'prettier';

process.chdir(dirname(dirname(fileURLToPath(import.meta.url))));
const SOURCE = 'scripts/catalogue/providers.json';
const SAMPLES = 'scripts/catalogue/samples.json';
const DATA = 'src/signature/providers';
const DOCS = 'docs/VERIFICATION.md';
const CHOICE_FIELDS = [
  'id',
  'name',
  'category',
  'docs',
  'secretHint',
  'needsSecret',
  'settings',
  'covers',
  'capturesSecret',
  'signsUrl',
  'usesKeySet',
  'unsigned',
  'scheme',
];
const NOTE = `// Written by scripts/generate-catalogue.mjs from ${SOURCE}: change that file.\n`;

const providers = JSON.parse(readFileSync(SOURCE, 'utf8')).map(withFacts);
const samples = JSON.parse(readFileSync(SAMPLES, 'utf8'));
const unknown = Object.keys(samples).filter((id) => !providers.some((known) => known.id === id));
if (unknown.length > 0) throw new Error(`${SAMPLES}: there is no provider ${unknown.join(', ')}.`);
const categories = [...new Set(providers.map(({ category }) => category))];
const outputs = [
  ...categories.map((category) => [`${DATA}/${category}.ts`, providersFile(category)]),
  [`${DATA}/all.ts`, allFile()],
  [`${DATA}/choices.ts`, choicesFile()],
  [`${DATA}/samples.ts`, samplesFile()],
  [DOCS, docsFile()],
];
const changed = [];
for (const [path, text] of outputs) {
  const formatted = await format(text, {
    ...JSON.parse(readFileSync('.prettierrc.json', 'utf8')),
    filepath: path,
  });
  const before = existsSync(path) ? readFileSync(path, 'utf8') : '';
  if (before === formatted) continue;
  changed.push(path);
  if (!process.argv.includes('--check')) writeFileSync(path, formatted);
}
if (process.argv.includes('--check') && changed.length > 0) {
  throw new Error(`${changed.join(', ')}: not what ${SOURCE} says. Run: npm run catalogue`);
}

/** Adds what follows from a scheme, so that nobody has to write it down. */
function withFacts(provider) {
  const { scheme, handshakes } = provider;
  return {
    ...provider,
    ...(handshakes.some(({ capture }) => capture !== undefined) && { capturesSecret: true }),
    ...(signsUrl(scheme) && { signsUrl: true }),
    ...(scheme.jwks !== undefined && { usesKeySet: true }),
    ...(scheme.scheme === 'none' && { unsigned: true }),
  };
}

function signsUrl({ msg, claims = {} }) {
  if (claims.urlHash !== undefined || claims.sub !== undefined || claims.qsh === true) return true;
  if (typeof msg === 'string') return /\{(url|callbackUrl)\}/.test(msg);
  return ['twilio', 'hubspotV3', 'contentful'].includes(msg?.builder);
}

function providersFile(category) {
  const entries = providers.filter((provider) => provider.category === category);
  return `${NOTE}import type { Provider } from '../provider';
export const ${constantOf(category)}: readonly Provider[] = ${JSON.stringify(entries)};`;
}

function allFile() {
  const imports = categories.map((c) => `import { ${constantOf(c)} } from './${c}';`);
  const names = categories.map((category) => `...${constantOf(category)}`);
  return `${NOTE}import type { Provider } from '../provider';
${imports.sort().join('\n')}

/** In the order of the drop-down: by name. */
export const ALL_PROVIDERS: readonly Provider[] = [${names.join(',')}].sort((a, b) => a.name.localeCompare(b.name, 'en'));`;
}

function choicesFile() {
  const pick = (provider) =>
    Object.fromEntries(CHOICE_FIELDS.map((field) => [field, provider[field]]));
  const sorted = [...providers].sort((a, b) => a.name.localeCompare(b.name, 'en'));
  return `${NOTE}import type { ProviderChoice } from '../provider';

/** What the edit dialog shows of the senders; by name. */
export const CHOICES: readonly ProviderChoice[] = ${JSON.stringify(sorted.map(pick))};`;
}

function samplesFile() {
  return `// Written by scripts/generate-catalogue.mjs from ${SAMPLES}: change that file.
import type { Sample } from '../sample';

/** Requests of senders, by the id of the provider. */
export const SAMPLES: Readonly<Record<string, Sample>> = ${JSON.stringify(samples)};`;
}

function constantOf(category) {
  return `${category.toUpperCase()}_PROVIDERS`;
}

/** The table stands between two comments. */
function docsFile() {
  const [before, rest] = readFileSync(DOCS, 'utf8').split(/(?<=<!-- catalogue -->\n)/);
  const after = rest.slice(rest.indexOf('<!-- /catalogue -->'));
  const sorted = [...providers].sort((a, b) => a.name.localeCompare(b.name, 'en'));
  const head = ['`provider`', 'sender', 'how', 'covers', 'window', 'dedup', 'handshake'];
  const rows = sorted.map((provider) => [
    `\`${provider.id}\``,
    `[${provider.name}](${provider.docs})`,
    howOf(provider.scheme),
    { body: 'body', part: '**parts**', nothing: '**not the body**' }[provider.covers],
    windowOf(provider.scheme),
    dedupOf(provider),
    handshakeOf(provider),
  ]);
  const line = (cells) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return `${before}\n${[line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')}\n\n${after}`;
}

function howOf(scheme) {
  switch (scheme.scheme) {
    case 'none':
      return '**nothing**';
    case 'token':
      return 'shared token';
    case 'jwt':
      return `token, ${scheme.algs.join('/')}`;
    case 'asymmetric':
      return typeof scheme.alg === 'string' ? scheme.alg : 'certificate';
    default:
      return `${scheme.scheme}-${scheme.alg}`;
  }
}

function windowOf({ ts, claims }) {
  if (claims?.iatMaxAge !== undefined) return `${claims.iatMaxAge} s`;
  if (claims?.requireExp === true) return 'exp';
  if (ts === undefined) return '';
  return ts.tol === null ? 'signed only' : `${ts.tol} s${ts.futureTol === null ? ', past' : ''}`;
}

function dedupOf({ deliveryId, namesDelivery }) {
  if (deliveryId === null || !namesDelivery) return '';
  return deliveryId.header ?? deliveryId.json;
}

function handshakeOf({ handshakes }) {
  const ways = handshakes.map(({ when, capture }) =>
    capture === undefined ? when.method : `${when.method}, keeps the secret`,
  );
  return [...new Set(ways)].join(', ');
}

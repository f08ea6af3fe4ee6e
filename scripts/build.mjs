// Builds the package into dist/: compiled runtime (CommonJS, not bundled, so that nodes and plugin
// share one instance of each module), and one html per node or plugin of the editor, assembled from form,
// style, editor code and help.
// The first failing step ends the build with a non-zero exit code.
import { execFileSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  globSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleEditor } from './bundle-editor.mjs';
import { expandRows } from './form-rows.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
process.chdir(root);

const tsc = (project) =>
  execFileSync(process.execPath, ['node_modules/typescript-7/bin/tsc', '-p', project], {
    stdio: 'inherit',
  });

rmSync('dist', { recursive: true, force: true });
tsc('tsconfig.runtime.json');
tsc('tsconfig.editor.json');
for (const editor of globSync('nodes/*/*.editor.ts').sort()) await assembleNode(editor);
for (const data of globSync('src/**/*.json')) copy(data, join('dist', data));

/** The html that Node-RED's loader expects beside the js of a node or plugin, with its locales and icons. */
async function assembleNode(editorFile) {
  const folder = dirname(editorFile);
  const type = basename(folder);
  const out = join('dist', folder);
  const { code, styles } = await bundleEditor(editorFile);
  const form = join(folder, `${type}.html`);
  const html = [];
  if (existsSync(form))
    html.push(
      `<script type="text/html" data-template-name="${type}">\n`,
      expandRows(readFileSync(form, 'utf8'), type, inputPrefix(editorFile)),
      '</script>\n',
    );
  const own = join(folder, `${type}.css`);
  const style = styles + (existsSync(own) ? readFileSync(own, 'utf8') : '');
  if (style !== '') html.push('<style>\n', style, '</style>\n');
  html.push('<script type="text/javascript">\n', code, '</script>\n');
  mkdirSync(out, { recursive: true });
  writeFileSync(join(out, `${type}.html`), html.join(''));
  copyLocales(folder, type, out);
  const icon = join('icons', `${type}.svg`);
  if (existsSync(icon)) copy(icon, join(out, 'icons', `${type}.svg`));
}

/** What Node-RED puts before the name of a field: another one in the form of a configuration node. */
function inputPrefix(editorFile) {
  const isConfig = readFileSync(editorFile, 'utf8').includes(`category: 'config'`);
  return isConfig ? 'node-config-input' : 'node-input';
}

/** Strings go as they are; the markdown help of a node becomes the html file that Node-RED serves. */
function copyLocales(folder, type, out) {
  const locales = join(folder, 'locales');
  if (!existsSync(locales)) return;
  for (const language of readdirSync(locales)) {
    const from = join(locales, language);
    const to = join(out, 'locales', language);
    mkdirSync(to, { recursive: true });
    if (existsSync(join(from, `${type}.json`)))
      copy(join(from, `${type}.json`), join(to, `${type}.json`));
    const help = join(from, `${type}.md`);
    if (existsSync(help))
      writeFileSync(
        join(to, `${type}.html`),
        `<script type="text/markdown" data-help-name="${type}">\n${readFileSync(help, 'utf8')}</script>\n`,
      );
  }
}

function copy(from, to) {
  mkdirSync(dirname(to), { recursive: true });
  cpSync(from, to);
}

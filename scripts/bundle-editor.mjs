// The editor code of a node or plugin in one text: our own code as it is written, each library that it imports
// shrunk whole before it, under its licence. What a library has as style comes as a text of its own.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';

const BROWSER = {
  bundle: true,
  write: false,
  platform: 'browser',
  target: 'es2020',
  charset: 'utf8',
};

/** `{ code, styles }` of the editor file; styles is empty where no library has one. */
export async function bundleEditor(editorFile) {
  const names = new Set();
  const { outputFiles } = await build({
    ...BROWSER,
    entryPoints: [editorFile],
    format: 'iife',
    // Names the two files that there can be.
    outdir: 'bundled',
    plugins: [asLibraries(names)],
  });
  const text = (extension) => outputFiles.find(({ path }) => path.endsWith(extension))?.text ?? '';
  const libraries = await Promise.all([...names].map(shrunk));
  return { code: inFront(libraries, text('.js')), styles: text('.css') };
}

/** An import of a library, other than of a style, is what stands in front under its name. */
function asLibraries(names) {
  return {
    name: 'libraries',
    setup(bundle) {
      bundle.onResolve({ filter: /^[^./]/ }, ({ path, kind }) => {
        if (kind === 'entry-point' || path.endsWith('.css')) return undefined;
        names.add(path);
        return { path, namespace: 'library' };
      });
      bundle.onLoad({ filter: /./, namespace: 'library' }, ({ path }) => ({
        contents: `module.exports = libraries[${JSON.stringify(path)}];`,
      }));
    },
  };
}

async function shrunk(name) {
  const { outputFiles } = await build({
    ...{ ...BROWSER, entryPoints: [name], minify: true, format: 'iife' },
    globalName: 'library',
  });
  const folder = join('node_modules', name);
  const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const licence = readFileSync(join(folder, 'LICENSE'), 'utf8').trim();
  return `/*\n${name} ${version}\n\n${licence}\n*/
${JSON.stringify(name)}: (() => {\n${outputFiles[0].text}return library;\n})(),\n`;
}

function inFront(libraries, code) {
  if (libraries.length === 0) return code;
  return `(() => {\nconst libraries = {\n${libraries.join('')}};\n${code}})();\n`;
}

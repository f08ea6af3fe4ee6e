import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { sep } from 'node:path';
import { it } from 'node:test';
import ts from 'typescript';
import { PROVIDERS } from '../../src/signature/catalogue';

const DATA = ['src', 'signature', 'providers', ''].join(sep);

/** The provider ids that occur as words in code; comments may name providers as examples. */
function providerIdsIn(source: string): string[] {
  const words = new Set(
    codeOf(source)
      .toLowerCase()
      .match(/[a-z0-9]+(?:-[a-z0-9]+)*/g),
  );
  return PROVIDERS.map(({ id }) => id).filter((id) => words.has(id));
}

function codeOf(source: string): string {
  const options = { removeComments: true, target: ts.ScriptTarget.ESNext };
  return ts.transpileModule(source, { compilerOptions: options }).outputText;
}

it('keeps what providers do in data: no code knows one by its id', () => {
  const files = globSync('src/**/*.ts').filter((file) => !file.startsWith(DATA));
  assert.ok(files.length > 10);
  const found = files.flatMap((file) =>
    providerIdsIn(readFileSync(file, 'utf8')).map((id) => `${file}: ${id}`),
  );
  assert.deepEqual(found, []);
});

it('would notice an id in code, and none in comments or longer words', () => {
  assert.deepEqual(providerIdsIn("if (id === 'stripe') special();"), ['stripe']);
  assert.deepEqual(providerIdsIn('// as github does\nexport const githubbed = 1;'), []);
});

it('keeps the catalogue free of Node.js, for the edit dialog', () => {
  const isomorphic = ['catalogue', 'options', 'scheme', 'validate-scheme', 'generic', 'locations'];
  const seen = new Set<string>();
  const visit = (file: string) => {
    if (seen.has(file)) return;
    seen.add(file);
    const text = readFileSync(file, 'utf8');
    for (const { fileName } of ts.preProcessFile(text).importedFiles) {
      assert.match(fileName, /^\./, `${file} imports ${fileName}`);
      visit(new URL(`${fileName}.ts`, `file:///${file}`).pathname.slice(1));
    }
  };
  for (const name of isomorphic) visit(`src/signature/${name}.ts`);
  assert.ok(seen.has('src/signature/providers/all.ts'));
});

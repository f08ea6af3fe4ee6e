import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import { it } from 'node:test';
import ts from 'typescript';
import { PROVIDERS } from '../../src/signature/catalogue';

const DATA = ['providers', 'builders'].map((name) => ['src', 'signature', name, ''].join(sep));

/** Ids that are words of English or of this code: of them only a text that is the id counts. */
const ORDINARY = new Set(
  'box line linear meta monday notion polar replicate resend square'.split(' '),
);

/** The provider ids that occur in code; comments may name providers as examples. */
function providerIdsIn(source: string): string[] {
  const words = new Set<string>();
  const texts = new Set<string>();
  const visit = (node: ts.Node): void => {
    if (ts.isStringLiteralLike(node)) texts.add(node.text.toLowerCase());
    if (ts.isStringLiteralLike(node) || ts.isIdentifier(node) || ts.isTemplateLiteralToken(node)) {
      for (const word of node.text.toLowerCase().match(/[a-z0-9]+(?:-[a-z0-9]+)*/g) ?? []) {
        words.add(word);
      }
    }
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile('x.ts', source, ts.ScriptTarget.ESNext));
  return PROVIDERS.map(({ id }) => id).filter((id) => (ORDINARY.has(id) ? texts : words).has(id));
}

it('keeps what providers do in data: no code knows one by its id', () => {
  const files = globSync('src/**/*.ts').filter(
    (file) => !DATA.some((folder) => file.startsWith(folder)),
  );
  assert.ok(files.length > 10);
  const found = files.flatMap((file) =>
    providerIdsIn(readFileSync(file, 'utf8')).map((id) => `${file}: ${id}`),
  );
  assert.deepEqual(found.sort(), [
    // The table of the store's own facts.
    `${join('src', 'events', 'sqlite', 'schema', 'migrations.ts')}: meta`,
    // A way in which delays grow.
    `${join('src', 'retry', 'backoff.ts')}: linear`,
    `${join('src', 'retry', 'options.ts')}: linear`,
  ]);
});

it('would notice an id in code, and none in comments or longer words', () => {
  assert.deepEqual(providerIdsIn("if (id === 'stripe') special();"), ['stripe']);
  assert.deepEqual(providerIdsIn('const x = `hubspot-v3 ${id}`;'), ['hubspot-v3']);
  assert.deepEqual(providerIdsIn('providers.slack.verify()'), ['slack']);
  assert.deepEqual(providerIdsIn("if (id === 'line') box.linear();"), ['line']);
  assert.deepEqual(providerIdsIn("say('the next line'); const box = meta;"), []);
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

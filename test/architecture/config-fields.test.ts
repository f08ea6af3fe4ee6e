import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join, resolve } from 'node:path';
import { test } from 'node:test';
import type { Field, Fields } from '../../nodes/shared/config-fields';
import { flatten } from './texts/used-keys';

/** As the build writes the rows of a form out. */
const { expandRows } = createRequire(resolve('package.json'))('./scripts/form-rows.mjs') as {
  expandRows(html: string, type: string, prefix: string): string;
};
const CONFIGS = globSync('nodes/*/*.config.ts').sort();
/** What is wrong with these has words of its own. */
const SAID_BY_THE_DIALOG = [
  ...['webhook-in.providerSettings', 'webhook-in.scheme', 'webhook-filter.rules'],
  'apilinker-sync.fields',
];
const NODE_RED_KEYS = ['id', 'type', 'x', 'y', 'z', 'd', 'g', 'wires'];

test('the package declares each node that has a configuration', () => {
  const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as {
    'node-red': { nodes: Record<string, string> };
  };
  const declared = Object.keys(manifest['node-red'].nodes).sort();
  assert.deepEqual(
    CONFIGS.map((file) => basename(dirname(file))),
    declared,
  );
});

for (const file of CONFIGS) {
  const folder = dirname(file);
  const type = basename(folder);
  const form = expandRows(readFileSync(join(folder, `${type}.html`), 'utf8'), type, 'node-input');
  const languages = globSync(join(folder, 'locales/*')).sort();
  const texts = new Map(
    languages.map((path) => [basename(path), flatten(readJson(path, type) as object)]),
  );

  test(`${type}: every field has its place in the form`, async () => {
    for (const key of await fieldsOf(type)) assert.ok(hasInput(form, key), `no input for ${key}`);
  });

  test(`${type}: an id stands once in the form, and a label names one`, () => {
    const ids = [...form.matchAll(/\sid="([^"]+)"/g)].map(([, id]) => id!);
    assert.deepEqual(
      ids.filter((id, at) => ids.indexOf(id) !== at),
      [],
    );
    const named = [...form.matchAll(/<label[^>]*\sfor="([^"]+)"/g)].map(([, id]) => id!);
    assert.deepEqual(
      named.filter((id) => !ids.includes(id)),
      [],
    );
  });

  test(`${type}: every field has a label in every language`, async () => {
    for (const key of (await fieldsOf(type)).filter((name) => !isHidden(form, name)))
      for (const [language, strings] of texts)
        assert.ok(strings.has(`${type}.label.${key}`), `${language}: no ${type}.label.${key}`);
  });

  test(`${type}: what a field expects is said in words, in every language`, async () => {
    const fields = Object.entries(await declaredFields(type)) as [string, Field<unknown>][];
    const special = fields.filter(
      ([name, { bounds, configNode, expected }]) =>
        bounds === undefined &&
        configNode === undefined &&
        !/^(a text|true or false|one of .*)$/.test(expected) &&
        !SAID_BY_THE_DIALOG.includes(`${type}.${name}`),
    );
    for (const [name] of special)
      for (const [language, strings] of texts)
        assert.ok(strings.has(`${type}.expected.${name}`), `${language}: ${type}.expected.${name}`);
  });

  test(`${type}: the languages have the same texts, none of them empty`, () => {
    const english = texts.get('en-US');
    assert.ok(english !== undefined, 'en-US is the complete language');
    for (const [language, strings] of texts) {
      assert.deepEqual([...strings.keys()].sort(), [...english.keys()].sort(), language);
      for (const [key, value] of strings) assert.notEqual(value.trim(), '', `${language}: ${key}`);
    }
  });

  test(`${type}: the examples set every field, as an export of the editor does, and no other`, async () => {
    const fields = await fieldsOf(type);
    for (const node of exampleNodes().filter((each) => each.type === type)) {
      const own = Object.keys(node).filter((key) => !NODE_RED_KEYS.includes(key));
      assert.deepEqual(own.sort(), [...fields].sort(), node.id);
    }
  });

  test(`${type}: help in every language`, () => {
    for (const path of languages) {
      const help = join(path, `${type}.md`);
      assert.ok(existsSync(help) && readFileSync(help, 'utf8').length > 100, help);
    }
  });

  test(`${type}: no property of a field is named as one that Node-RED uses itself`, async () => {
    const reserved = ['id', 'type', 'x', 'y', 'z', 'wires', 'd', 'g', 'inputs', 'outputs', 'users'];
    const own = await fieldsOf(type);
    // Node-RED's editor reads `outputs` as the number of a node's outputs: the filter sets it so.
    const clash = own.filter((key) => reserved.includes(key) && key !== 'outputs');
    assert.deepEqual(clash, []);
  });
}

test('reported: a form without the input of a field', () => {
  assert.equal(hasInput('<input id="node-input-path">', 'path'), true);
  assert.equal(hasInput('<ol data-field="rules"></ol>', 'rules'), true);
  assert.equal(hasInput('<input id="node-input-path2">', 'path'), false);
});

function exampleNodes(): { id: string; type: string }[] {
  return globSync('examples/*.json').flatMap(
    (file) => JSON.parse(readFileSync(file, 'utf8')) as { id: string; type: string }[],
  );
}

async function fieldsOf(type: string): Promise<string[]> {
  return Object.keys(await declaredFields(type));
}

async function declaredFields(type: string): Promise<Fields<object>> {
  const module = (await import(`../../nodes/${type}/${type}.config.js`)) as {
    FIELDS: Fields<object>;
  };
  return module.FIELDS;
}

function readJson(language: string, type: string): unknown {
  return JSON.parse(readFileSync(join(language, `${type}.json`), 'utf8'));
}

/** A field's input, or the element of a custom editor that says which field it edits. */
function hasInput(form: string, key: string): boolean {
  return [`id="node-input-${key}"`, `id="node-config-input-${key}"`, `data-field="${key}"`].some(
    (attribute) => form.includes(attribute),
  );
}

/** An input that the editor code fills in; nobody reads a label of it. */
function isHidden(form: string, key: string): boolean {
  const input = new RegExp(`<input[^>]*id="node(-config)?-input-${key}"[^>]*>`).exec(form)?.[0];
  return input?.includes('type="hidden"') ?? false;
}

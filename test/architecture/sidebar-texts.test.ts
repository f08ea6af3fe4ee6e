import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { test } from 'node:test';

const FOLDER = 'nodes/webhooks-sidebar';
const code = globSync(`${FOLDER}/**/*.ts`).map((file) => readFileSync(file, 'utf8'));
const texts = flatten(
  JSON.parse(readFileSync(`${FOLDER}/locales/en-US/webhooks-sidebar.json`, 'utf8')),
);

test('every text that the sidebar names exists, and every text is named', () => {
  assert.ok(texts.size > 100);
  const all = code.join('\n');
  const literal = [...all.matchAll(/\bt\(\s*'([\w.-]+)'/g)].map(([, key]) => key!);
  assert.ok(literal.length > 80);
  assert.deepEqual(
    literal.filter((key) => !texts.has(key)),
    [],
  );
  const quoted = (key: string): boolean => all.includes(`'${key}'`) || all.includes(`\`${key}\``);
  /** `status.${status}`: all below it. */
  const prefixes = [...all.matchAll(/`([\w.-]+)\$\{/g)].map(([, prefix]) => prefix!);
  const unused = [...texts.keys()].filter(
    (key) =>
      !quoted(key) &&
      !prefixes.some((prefix) => key.startsWith(prefix)) &&
      // Beside each compact button: its explanation.
      !(key.endsWith('Title') && quoted(key.slice(0, -'Title'.length))),
  );
  assert.deepEqual(unused, []);
});

test('no text is empty, and none is read as markup', () => {
  for (const [key, text] of texts) {
    assert.notEqual(text.trim(), '', key);
    assert.doesNotMatch(text, /[<>]/, key);
  }
});

test('nothing in the sidebar makes markup, code or a style of a text', () => {
  const banned = [
    /\.(inner|outer)HTML\b/,
    /insertAdjacentHTML|document\.write|\beval\(|new Function|DOMParser|srcdoc/,
    /\.html\(|\.(append|prepend|before|after|wrap)\(\s*[`'"]</,
    /\$\(\s*[`'"]\s*</,
    /RED\.notify|RED\.popover/,
    /setAttribute\('(style|href|src|on)/,
  ];
  for (const pattern of banned) for (const text of code) assert.doesNotMatch(text, pattern);
});

test('no literal is shown: what is shown comes from the locale file', () => {
  const shown = code.flatMap((text) => [
    ...text.matchAll(/\b(?:text|title|label|placeholder)(?::| =) '([^']*[A-Za-z]{2}[^']*)'/g),
  ]);
  assert.deepEqual(
    shown.map(([line]) => line),
    [],
  );
});

function flatten(value: object, prefix = ''): Map<string, string> {
  const entries = Object.entries(value as Record<string, object | string>);
  return new Map(
    entries.flatMap(([name, child]) =>
      typeof child === 'string'
        ? [[prefix + name, child] as const]
        : [...flatten(child, `${prefix}${name}.`)],
    ),
  );
}

import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { test } from 'node:test';

const FOLDER = 'nodes/webhooks-sidebar';
const code = globSync(`${FOLDER}/**/*.ts`).map((file) => readFileSync(file, 'utf8'));

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

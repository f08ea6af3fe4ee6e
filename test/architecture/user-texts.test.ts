import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, resolve } from 'node:path';
import { test } from 'node:test';
import { htmlTexts, isWords, shownLiterals } from './texts/shown-literals';
import {
  flatten,
  holesOf,
  keyLike,
  keysInCode,
  keysInForm,
  possibleParts,
  prefixesIn,
  type NamedKeys,
} from './texts/used-keys';

const { expandRows } = createRequire(resolve('package.json'))('./scripts/form-rows.mjs') as {
  expandRows(html: string, type: string, prefix: string): string;
};
const SIDEBAR = 'webhooks-sidebar';
const read = (file: string): string => readFileSync(file, 'utf8');
const FILES = globSync('nodes/**/*.ts').sort();
const FOLDERS = globSync('nodes/*/locales/en-US/*.json').sort();
const SOURCES = new Map(FILES.map((file) => [file, read(file)]));
/** What fills the holes of keys: names of statuses, operators, senders' categories. */
const PARTS = new Set(
  [...FILES, ...globSync('src/**/*.ts').filter((file) => !file.includes('/providers/'))].flatMap(
    (file) => possibleParts(file, SOURCES.get(file) ?? read(file)),
  ),
);

interface Catalogue {
  readonly type: string;
  readonly texts: ReadonlyMap<string, string>;
  readonly form: string;
  readonly groups: readonly string[];
  readonly keys: NamedKeys;
}

const CATALOGUES = FOLDERS.map((file): Catalogue => {
  const type = basename(file, '.json');
  const path = `nodes/${type}/${type}.html`;
  const form = existsSync(path) ? expandRows(read(path), type, 'node-input') : '';
  const texts = flatten(JSON.parse(read(file)) as object);
  const groups = groupsOf(type, texts);
  return { type, form, texts, groups, keys: keysOf(type, groups) };
});

for (const { type, form, texts, groups, keys } of CATALOGUES) {
  test(`${type}: every text that is named exists, and every text is named`, () => {
    const ofForm = keysInForm(form);
    const isOwn = (key: string): boolean => groups.some((group) => key.startsWith(group));
    const all = [...ofForm.map((key) => [key]), ...keys.literal];
    assert.deepEqual(
      all.filter((meant) => meant.some(isOwn) && !meant.some((key) => isText(key, texts))),
      [],
      'named, and not in the locale file',
    );
    const named = new Set(all.flat());
    const isUsed = (key: string): boolean =>
      named.has(key) || keys.patterns.some((pattern) => holesOf(pattern, key)?.every(isPart));
    assert.deepEqual(
      [...texts.keys()].filter((key) => !isUsed(key) && !isSaid(type, key)),
      [],
      'in the locale file, and not named',
    );
  });

  test(`${type}: no text is empty or read as markup`, () => {
    for (const [key, text] of texts) {
      assert.notEqual(text.trim(), '', key);
      assert.doesNotMatch(text, /<[a-z/!]/i, key);
    }
  });

  test(`${type}: the form has no words of its own`, () => {
    assert.deepEqual(htmlTexts(form).filter(isWords), []);
  });
}

test('code shows no words of its own', () => {
  const found = FILES.flatMap((file) =>
    shownLiterals(file, SOURCES.get(file)!).map((place) => `${file}:${place}`),
  );
  assert.deepEqual(found, []);
});

test('reported: words that code shows, however they get there', () => {
  const shown = (source: string): string[] =>
    shownLiterals('a.ts', source).map((place) => place.replace(/^\d+: /, ''));
  for (const [source, text] of [
    [`$('#a').text('Not found')`, 'Not found'],
    ["$('#a').text(`${n} events`)", '… events'],
    [`$('#a').text(ok ? t('a.b') : 'failed')`, 'failed'],
    [`const word = 'Stopped'; x.textContent = word;`, 'Stopped'],
    [`$('<a title="Close">')`, '<a title="Close">'],
    [`$('<p>Nothing yet</p>')`, '<p>Nothing yet</p>'],
    [`input.attr('aria-label', 'Value')`, 'Value'],
    [`input.attr({ placeholder: 'Search for' })`, 'Search for'],
    [`RED.notify('Saved')`, 'Saved'],
    [`node.status({ fill: 'red', shape: 'ring', text: 'no secret' })`, 'no secret'],
    [`const text = 'is running'; showStatus(node, { fill, text });`, 'is running'],
    [`const o = { label() { return this.name || 'retry'; } };`, 'retry'],
    [`const o = { outputLabels: (n) => { return ['done', 'failed items'][n]; } };`, 'failed items'],
    [`el('p', {}, 'Nothing yet')`, 'Nothing yet'],
    [`button('Replay', () => go())`, 'Replay'],
  ] as const)
    assert.ok(shown(source).includes(text), `${source}: ${shown(source).join(', ')}`);
  for (const source of [
    `$('<div class="aw-row more">')`,
    "$('#a').text(`× ${n}`).text(`${n} min`)",
    `input.attr('placeholder', 'X-API-Key').attr('placeholder', '5s 5m 2h')`,
    `RED.nodes.registerType('a', { paletteLabel: 'webhook in', color: 'red', icon: 'a b.svg' })`,
    `const field = text('a default', check, 'a path')`,
  ])
    assert.deepEqual(shown(source), []);
});

test('every sentence of the runtime that users read is in the locale file, and no other one', () => {
  const check = spawnSync(process.execPath, ['scripts/said-texts.mjs', '--check']);
  assert.equal(String(check.stdout), '', 'npm run texts writes them');
  assert.equal(check.status, 0, String(check.stderr));
});

test('reported: sentences of the runtime', () => {
  const { saidIn } = createRequire(resolve('package.json'))('./scripts/said-texts.mjs') as {
    saidIn(file: string, source: string): string[];
  };
  for (const [file, source, texts] of [
    ['src/sync/a.ts', 'return `Field ${n}: ${p}.`', ['Field {1}: {2}.']],
    [
      'src/sync/a.ts',
      "fail(ok ? 'is no text' : `has ${more ? 'too many' : n} keys`)",
      [...['is no text', 'has {1} keys', 'too many']],
    ],
    [
      'src/sync/a.ts',
      "const a = 'It is ' + kind + ', or ' + `no ${b}.`",
      ['It is {1}, or no {2}.'],
    ],
    ['src/events/a.ts', "throw new WebhookError('conflict', `It is ${s}.`)", ['It is {1}.']],
    ['nodes/a/a.ts', "throw new Error('Not this time')", ['Not this time']],
    ['nodes/a/a.config.ts', "text('', check, 'a file name')", ['a file name']],
  ] as const)
    assert.deepEqual(saidIn(file, source), texts, source);
  for (const [file, source] of [
    ['src/events/a.ts', "log('Opened a file'); db.prepare('SELECT a FROM b')"],
    [
      'src/sync/a.ts',
      "import a from 'a b'; type T = 'not this'; x['nor that']; f('word', '{}', `${a}`)",
    ],
  ] as const)
    assert.deepEqual(saidIn(file, source), [], source);
});

test('what the runtime has said, stored or answered is shown in the language of the editor', () => {
  const found = FILES.filter((file) => /\.editor\.ts$|\/editor\//.test(file)).flatMap((file) =>
    unsaid(SOURCES.get(file)!).map((text) => `${file}: ${text}`),
  );
  assert.deepEqual(found, []);
  assert.deepEqual(unsaid('p.text(thrown.message); q.text(said(error.message))'), [
    'thrown.message',
  ]);
  assert.deepEqual(unsaid('new Problem(problem.message); super(message)'), []);
});

test('reported: words in a form', () => {
  const form = '<b>Path</b> <i title="Copy it"></i> <input placeholder="/hooks/a" alt="5 min">';
  assert.deepEqual(htmlTexts(form).filter(isWords), ['Path', 'Copy it']);
  assert.deepEqual(htmlTexts('<style>a { color: red }</style><!-- why --><i class="x y">'), []);
});

test('reported: keys behind functions, parameters and constants', () => {
  const source = [
    'const words = (key) => node._(`x-y.part.${key}`);',
    "words('one'); words(ok ? 'two' : 'three'); show('x-y.label.four');",
    "const KEY = 'x-y.how'; translate(`${KEY}.${how}`); t(`x-y.mark.${name}Title`);",
  ].join('\n');
  const { literal } = keysInCode('a.ts', source, []);
  assert.deepEqual(literal.flat(), ['x-y.part.one', 'x-y.part.two', 'x-y.part.three']);
  assert.deepEqual(keyLike('a.ts', source, ['x-y.']).literal.flat(), ['x-y.label.four', 'x-y.how']);
  const { patterns } = keyLike('a.ts', source, ['x-y.']);
  const holes = (key: string) => patterns.flatMap((pattern) => holesOf(pattern, key) ?? []);
  assert.deepEqual(holes('x-y.how.body'), ['body']);
  assert.deepEqual(holes('x-y.mark.testTitle'), ['test']);
  assert.deepEqual(holes('x-y.other'), []);
  assert.deepEqual(keysInForm('<a data-i18n="[title]x.a;x.b"></a>'), ['x.a', 'x.b']);
});

/** Texts of errors and refusals that reach no `said(...)`; to make an error of one is not to show it. */
function unsaid(source: string): string[] {
  const texts =
    /(?<!said\()(?<!\w)(?:thrown|\w*[eE]rror|read|validated|item|check)\.(?:message|problem)\b/g;
  return [...source.matchAll(texts)].flatMap(({ 0: text, index }) => {
    const before = source.slice(0, index);
    const line = before.slice(before.lastIndexOf('\n') + 1);
    const isShown =
      !/\b(said|new \w+)\([^;]*$|problem\.\$\{$/.test(line) &&
      !/^ [!=]== (undefined|null)/.test(source.slice(index + text.length));
    return isShown ? [text] : [];
  });
}

function keysOf(type: string, groups: readonly string[]): NamedKeys {
  const own = FILES.filter((file) => file.startsWith(`nodes/${type}/`));
  const shared = FILES.filter((file) => file.startsWith('nodes/shared/'));
  const files = [...own, ...shared].map((file) => [file, SOURCES.get(file)!] as const);
  const prefixes = [...new Set(files.flatMap((file) => prefixesIn(...file)))];
  const all = files.flatMap((file) => [keysInCode(...file, prefixes), keyLike(...file, groups)]);
  return {
    literal: all.flatMap(({ literal }) => literal),
    patterns: all.flatMap(({ patterns }) => patterns),
  };
}

/** A key, or the beginning of keys that code keeps in a constant. */
function isText(key: string, texts: ReadonlyMap<string, string>): boolean {
  return texts.has(key) || [...texts.keys()].some((each) => each.startsWith(`${key}.`));
}

/** Keys of nodes begin with their type, those of the sidebar with the name of a group. */
function groupsOf(type: string, texts: ReadonlyMap<string, string>): string[] {
  const keys = type === SIDEBAR ? [...texts.keys()] : [`${type}.`];
  return [...new Set(keys.map((key) => `${key.split('.')[0]}.`))];
}

/** What the runtime says: sentences that are found by themselves, each of which is in the code (below). */
function isSaid(type: string, key: string): boolean {
  return type === SIDEBAR && key.startsWith('said.');
}

function isPart(part: string): boolean {
  return PARTS.has(part);
}

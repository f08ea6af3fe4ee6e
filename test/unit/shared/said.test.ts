import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { sayer, type Lookup } from '../../../nodes/shared/said';
import { NODE_RED_MAJORS } from '../../support/node-red-process';
import { nodeRedTranslations } from '../../support/node-red-util';

const LOCALE = 'nodes/webhooks-sidebar/locales/en-US/webhooks-sidebar.json';
const { said: ENGLISH } = JSON.parse(readFileSync(LOCALE, 'utf8')) as {
  said: Record<string, string>;
};

/** A Node-RED that has these translations. */
function speaking(local: Record<string, string>, english = ENGLISH): (text: string) => string {
  const lookup: Lookup = (_key, { lng }) => (lng === undefined ? local : english);
  return sayer(lookup);
}

const NUMBERED = {
  rule: '{1}, condition {2}: {3}',
  op: '`op` must be one of {1}.',
  failed: '{1} of {2} items failed. {3}',
  answered: '{1} answered {2}{3}',
  list: 'a list of {1} items',
};
const german = speaking(
  {
    rule: '{1}, Bedingung {2}: {3}',
    op: '`op` muss eines von {1} sein.',
    failed: 'Von {2} fehlen {1}. {3}',
    answered: '{2} von {1}{3}',
  },
  NUMBERED,
);

test('a sentence is said in another language, with its values where that language has them', () => {
  assert.equal(german('`op` must be one of eq, neq.'), '`op` muss eines von eq, neq sein.');
  assert.equal(german('POST /out answered 422: no'), '422: no von POST /out');
});

test('a sentence within another one is said, too, and several one after the other', () => {
  assert.equal(
    german('Rule 1 (a), condition 2: `op` must be one of eq.'),
    'Rule 1 (a), Bedingung 2: `op` muss eines von eq sein.',
  );
  assert.equal(
    german('1 of 2 items failed. `op` must be one of eq.'),
    'Von 2 fehlen 1. `op` muss eines von eq sein.',
  );
  assert.equal(
    german('`op` must be one of eq. Something else. `op` must be one of neq.'),
    '`op` muss eines von eq sein. Something else. `op` muss eines von neq sein.',
  );
});

test('what is none of our sentences, or has no translation, stays as it is', () => {
  for (const text of ['unknown field A-1', '', 'a list of 3 items', '{1}', 'op', '1 of 2'])
    assert.equal(german(text), text);
});

test('in English, and where nothing is known, every text stays as it is', () => {
  const all = [speaking({}), speaking(ENGLISH), sayer((key) => key)];
  fc.assert(
    fc.property(fc.constantFrom(...Object.values(ENGLISH)), fc.string(), (text, value) => {
      const filled = text.replace(/\{\d+\}/g, () => value);
      for (const say of all) assert.equal(say(filled), filled);
    }),
  );
});

test('every sentence of the runtime can be translated', () => {
  const reversed = Object.entries(ENGLISH).map(([key, text]) => [key, `«${text}»`]);
  const say = speaking(Object.fromEntries(reversed) as Record<string, string>);
  for (const text of Object.values(ENGLISH)) {
    let n = 0;
    const filled = text.replace(/\{\d+\}/g, () => `#${++n}`);
    assert.match(say(filled), /^«.*»$/s, text);
    for (let at = 1; at <= n; at++) assert.ok(say(filled).includes(`#${at}`), text);
  }
});

test('a long text, made to look like many sentences, is read in little time', () => {
  const hostile = 'Rule 1, condition : , condition : '.repeat(117);
  const startedAt = performance.now();
  german(hostile);
  speaking(Object.fromEntries(Object.keys(ENGLISH).map((key) => [key, '{1}{2}{3}'])))(hostile);
  assert.ok(performance.now() - startedAt < 2000);
});

for (const major of NODE_RED_MAJORS) {
  test(`by the locale files of Node-RED ${major}`, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'said-'));
    try {
      const file = 'webhooks-sidebar.json';
      const key = 'no-endpoint-is-chosen';
      const missing = 'has-no';
      const english = { [key]: 'No endpoint is chosen.', [missing]: 'It has no `{1}`.' };
      for (const [language, said] of [
        ['en-US', english],
        ['de', { [key]: 'Kein Endpunkt ist gewählt.' }],
      ] as const) {
        mkdirSync(join(folder, language));
        writeFileSync(join(folder, language, file), JSON.stringify({ said }));
      }
      const i18n = nodeRedTranslations(major);
      await i18n.init({ lang: 'de' });
      const name = '@apilinker/node-red-webhooks/webhooks-sidebar';
      await i18n.registerMessageCatalog(name, folder, file);
      const say = sayer((of, options) => i18n._(of, options));
      assert.equal(
        say('No endpoint is chosen. It has no `$t(x) __y__`.'),
        'Kein Endpunkt ist gewählt. It has no `$t(x) __y__`.',
      );
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
}

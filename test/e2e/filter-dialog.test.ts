import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import type { Browser, Locator } from 'playwright-core';
import { OPERATOR_NAMES } from '../../src/filter/rule';
import { NODE_RED_MAJORS, NodeRedProcess, tab, type FlowNode } from '../support/node-red-process';
import { EditorPage, launchBrowser } from './editor-page';

const HOSTILE = '"><img src=x onerror="window.hacked=true"><b>{{x}}</b>';

const on = (op: string, value: unknown, valueType = 'str', key = 'a.b') => ({
  ...{ on: 'payload', key, op, value, valueType },
});

/** Each operator, as the form saves it. */
const CONDITIONS = [
  on('eq', 'text'),
  on('eq', '5', 'num'),
  on('eq', 'true', 'bool'),
  on('neq', '{"a":1}', 'json'),
  on('in', 'a, b'),
  on('nin', '["a",1]', 'json'),
  on('contains', '7', 'num'),
  on('startsWith', 'a'),
  on('endsWith', '["a","b"]', 'json'),
  on('glob', 'a*'),
  on('regex', '^a+'),
  on('search', '(?P<year>\\d{4})'),
  on('gt', '5', 'num'),
  on('gte', '2026-01-01'),
  on('lt', '-1.5', 'num'),
  on('lte', '5', 'num'),
  on('between', ['1', '10'], 'num'),
  on('between', ['a', 'f']),
  on('exists', ''),
  on('missing', ''),
  on('type', 'string,null'),
  on('schema', '{"type":"object","required":["id"]}', 'json'),
  on('jsonata', '$count(items) > 3'),
];

const filter = (id: string, y: number, rules: readonly object[]): FlowNode => ({
  ...{ id, type: 'webhook-filter', z: 'tab', x: 300, y, name: '', mode: 'first', rules },
  outputs: rules.length + 1,
  wires: [...rules.map(() => []), []],
});

const FLOW: readonly FlowNode[] = [
  tab('tab'),
  filter('operators', 80, [{ name: 'each operator', match: 'any', conditions: CONDITIONS }]),
  filter('hostile', 160, [
    { name: HOSTILE, match: 'all', conditions: [on('eq', HOSTILE, 'str', HOSTILE)] },
  ]),
  {
    id: 'in',
    type: 'webhook-in',
    z: 'tab',
    x: 120,
    y: 440,
    path: '/hooks/try',
    wires: [['tried']],
  },
  filter('tried', 440, [
    { name: 'big', match: 'all', conditions: [on('gt', '100', 'num', 'size')] },
    { name: 'named', match: 'all', conditions: [on('exists', '', 'str', 'name')] },
  ]),
  { id: 'retry', type: 'webhook-retry', z: 'tab', x: 300, y: 540, wires: [[], []] },
  filter('edited', 300, [{ name: 'push', match: 'all', conditions: [on('eq', 'push')] }]),
];

for (const major of NODE_RED_MAJORS) {
  suite(`the dialog of the filter in Node-RED ${major}`, () => {
    let browser: Browser;
    let red: NodeRedProcess;
    let editor: EditorPage;

    before(async () => {
      [browser, red] = await Promise.all([
        launchBrowser(),
        NodeRedProcess.start({ major, flows: FLOW }),
      ]);
      editor = await EditorPage.open(browser, red.url('/'));
    });
    after(async () => {
      await browser.close();
      await red.dispose();
    });

    test('has every operator, and saves each as it was', async () => {
      const used = new Set(CONDITIONS.map(({ op }) => op));
      assert.deepEqual([...used].sort(), [...OPERATOR_NAMES].sort(), 'the test has each operator');
      const before = await editor.fields('operators');
      assert.deepEqual((before.rules as { conditions: unknown }[])[0]?.conditions, CONDITIONS);
      await editor.openDialog('operators');
      await editor.screenshot(`${major}-filter-operators`);
      const offered = await editor.page
        .locator('.webhook-filter-op')
        .first()
        .evaluate((select: any) => [...select.options].map((option: any) => option.value));
      assert.deepEqual(offered, OPERATOR_NAMES);
      await scrollTo(editor, 16);
      await editor.screenshot(`${major}-filter-operators-2`);
      assert.deepEqual(await problems(editor), []);
      await editor.done();
      assert.deepEqual(await editor.fields('operators'), before);
      assert.deepEqual(await editor.invalidNodes(), [invalidPath()]);
    });

    test('shows the inputs that an operator needs, and says what is wrong with a value', async () => {
      await editor.openDialog('edited');
      const row = editor.page.locator('.webhook-filter-condition');
      const operator = row.locator('.webhook-filter-op');
      await operator.selectOption('missing');
      assert.equal(await row.locator('.webhook-filter-value').isVisible(), false);
      await operator.selectOption('between');
      assert.equal(await row.locator('.webhook-filter-to').isVisible(), true);
      assert.match(
        (await problems(editor)).join(),
        /must be a number/,
        'numbers, until told otherwise',
      );
      await fill(row, 0, '9');
      await fill(row, 1, '3');
      assert.match((await problems(editor)).join(), /first value must not be above the second/);
      await editor.screenshot(`${major}-filter-problem`);
      await fill(row, 1, '30');
      assert.deepEqual(await problems(editor), []);
      await operator.selectOption('schema');
      assert.equal(await row.locator('.webhook-filter-to').isVisible(), false);
      await fill(row, 0, '{"type":');
      assert.match((await problems(editor)).join(), /JSON Schema/);
      await operator.selectOption('regex');
      await fill(row, 0, '(?!x)');
      assert.match((await problems(editor)).join(), /look-ahead/);
      await operator.selectOption('type');
      assert.deepEqual(await problems(editor), []);
      await row.locator('.red-ui-typedInput-option-trigger:visible').click();
      const choices = editor.page.locator('.red-ui-typedInput-options:visible');
      await choices.locator('a[value="null"]').click();
      await editor.screenshot(`${major}-filter-types`);
      await editor.page.locator('.webhook-filter-name').click();
      await editor.done();
      const [rule] = (await editor.fields('edited')).rules as { conditions: unknown[] }[];
      assert.deepEqual(rule?.conditions, [on('type', 'string,null')]);
    });

    test('offers the operators that make sense, and is put in order by the keyboard', async () => {
      const { page } = editor;
      await editor.openDialog('tried');
      const row = page.locator('.webhook-filter-condition').first();
      const operator = row.locator('.webhook-filter-op');
      const offered = (): Promise<string[]> =>
        operator.evaluate((select: any) => [...select.options].map((option: any) => option.value));
      await row.locator('.webhook-filter-on').selectOption('header');
      assert.equal(await operator.inputValue(), 'gt', 'a header may hold a number');
      await row.locator('.webhook-filter-on').selectOption('method');
      assert.deepEqual(await offered(), ['eq', 'neq', 'in', 'nin', 'exists', 'missing']);
      assert.equal(await operator.inputValue(), 'eq', 'a method is not above 100');
      const names = (): Promise<string[]> =>
        page
          .locator('.webhook-filter-name')
          .evaluateAll((inputs: any[]) => inputs.map((input) => input.value));
      const handle = page.locator('#node-input-rules-list > li > [role="button"][tabindex="0"]');
      await handle.first().focus();
      await page.keyboard.press('ArrowDown');
      assert.deepEqual(await names(), ['named', 'big']);
      await page.keyboard.press('ArrowDown');
      await page.keyboard.press('ArrowUp');
      await page.keyboard.press('ArrowDown');
      assert.deepEqual(await names(), ['named', 'big'], 'the handle keeps the focus');
      await editor.done();
      const { rules } = await editor.fields('tried');
      assert.deepEqual(
        (rules as { name: string }[]).map(({ name }) => name),
        ['named', 'big'],
      );
      await page.evaluate(`RED.actions.invoke('core:undo')`);
    });

    test('outputs grow and shrink with the rules, and the wires stay on their rules', async () => {
      const { page } = editor;
      await page.evaluate(`void RED.nodes.addLink({
        source: RED.nodes.node('edited'), sourcePort: 1, target: RED.nodes.node('operators') })`);
      await editor.openDialog('edited');
      await page.locator('.webhook-filter-rules > div > .red-ui-editableList-addButton').click();
      const added = page.locator('.webhook-filter-name').nth(1);
      await added.fill('big');
      const row = page.locator('.webhook-filter-condition').nth(1);
      await row.locator('.webhook-filter-key').fill('size');
      await row.locator('.webhook-filter-op').selectOption('between');
      await fill(row, 0, '10');
      await fill(row, 1, '20');
      await editor.screenshot(`${major}-filter-two-rules`);
      await editor.done();
      const saved = await editor.fields('edited');
      assert.equal(saved.outputs, 3);
      assert.deepEqual(saved.wires, [[], [], ['operators']]);
      assert.deepEqual((saved.rules as object[])[1], {
        name: 'big',
        match: 'all',
        conditions: [on('between', ['10', '20'], 'num', 'size')],
      });
      await editor.openDialog('edited');
      await page
        .locator('#node-input-rules-list > li > .red-ui-editableList-item-remove')
        .first()
        .click();
      await page.waitForFunction(`document.querySelectorAll('.webhook-filter-name').length === 1`);
      await editor.done();
      const again = await editor.fields('edited');
      assert.deepEqual([again.outputs, again.wires], [2, [[], ['operators']]]);
    });

    test('tried on history: where each stored event would go, and why not', async () => {
      const { page } = editor;
      for (const body of [
        { size: 500 },
        { size: 5, name: HOSTILE },
        { size: 5, secret: 'hidden' },
      ]) {
        const sent = await fetch(red.url('/hooks/try'), {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify(body),
        });
        assert.equal(sent.status, 200);
      }
      await editor.openDialog('tried');
      await page.locator('#webhook-filter-trial summary').click();
      const items = page.locator('.webhook-filter-tried-list > li');
      await page.waitForFunction(
        `document.querySelectorAll('.webhook-filter-tried-list > li').length === 3`,
      );
      assert.equal(await page.locator('#webhook-filter-trial-endpoint').inputValue(), '/hooks/try');
      await editor.screenshot(`${major}-filter-trial`);
      const texts = await items.allInnerTexts();
      assert.match(texts[0]!, /no match[^]*payload "size" must be above 100; it is a number/);
      assert.match(texts[1]!, /→ named/);
      assert.match(texts[2]!, /→ big/);
      assert.doesNotMatch(texts.join(), /hidden|onerror/);
      const sum = await page.locator('.webhook-filter-tried-sum').innerText();
      assert.match(sum, /last 3 events: big 1 · named 1 · no match 1/);

      await page.locator('.webhook-filter-key').first().fill('a..b');
      await page.locator('#webhook-filter-try').click();
      await page.waitForSelector('#webhook-filter-tried .webhook-filter-problem');
      await page.locator('.webhook-filter-key').first().fill('size');
      await page.locator('.webhook-filter-copy').first().click();
      assert.deepEqual(
        await page
          .locator('.webhook-filter-name')
          .evaluateAll((inputs: any[]) => inputs.map((input) => input.value)),
        ['big', 'big 2', 'named'],
      );
      await editor.screenshot(`${major}-filter-duplicate`);
      await editor.done();
      const { rules, outputs } = await editor.fields('tried');
      assert.equal(outputs, 4);
      assert.deepEqual((rules as any[])[1].conditions, (rules as any[])[0].conditions);
      assert.equal(
        await page.evaluate(
          `RED.nodes.node('tried')._def.outputLabels.call(RED.nodes.node('tried'), 1)`,
        ),
        'big 2',
      );
    });

    test('the retries are drawn as they are set, and a preset sets them', async () => {
      const { page } = editor;
      assert.match(
        await page.evaluate(`RED.nodes.node('retry')._def.label.call(RED.nodes.node('retry'))`),
        /retry 3 times/,
        'also where the flow leaves fields out',
      );
      await editor.openDialog('retry');
      const words = page.locator('.webhook-retry-words');
      assert.match(await words.innerText(), /tried 3 times again, the last time after 7 s/);
      assert.deepEqual(await page.locator('.webhook-retry-time').allInnerTexts(), [
        ...['0 s', '1 s', '3 s', '7 s'],
      ]);
      await editor.screenshot(`${major}-retry-quick`);
      await page.selectOption('#webhook-retry-preset', 'threeDays');
      assert.match(await words.innerText(), /tried 9 times again, the last time after 2 d 22 h/);
      assert.equal(await page.locator('.webhook-retry-dot').count(), 10);
      assert.deepEqual(await overlapping(editor), []);
      await editor.screenshot(`${major}-retry-three-days`);
      await page.fill('#node-input-maxAgeHours', '10');
      assert.match(await words.innerText(), /tried 4 times again, .*: then it is too old/);
      await page.fill('#node-input-schedule', 'soon');
      assert.match(await page.locator('.webhook-retry-problem').innerText(), /5s 5m 30m 2h/);
      await page.fill('#node-input-schedule', '5m');
      await editor.done();
      const { strategy, schedule, maxAgeHours } = await editor.fields('retry');
      assert.deepEqual([strategy, schedule, String(maxAgeHours)], ['schedule', '5m', '10']);
    });

    test('a hostile name, path or value stays text', async () => {
      const { page } = editor;
      await page.hover('[id="hostile"] .red-ui-flow-port-output');
      await page.hover('[id="hostile"] .red-ui-flow-node-error');
      await editor.openDialog('hostile');
      await editor.screenshot(`${major}-filter-hostile`);
      assert.equal(await page.locator('.webhook-filter-name').inputValue(), HOSTILE);
      assert.match((await problems(editor)).join(), /must be a path/);
      await page.locator('.webhook-filter-name').hover();
      await editor.done();
      assert.equal(await page.evaluate(`window.hacked`), undefined);
      assert.equal(await page.locator('img[src="x"]').count(), 0);
      assert.deepEqual(editor.errors.splice(0), []);
    });
  });
}

/** The hostile rule looks at a path that is none; its name stands in the reason as it is. */
function invalidPath(): string {
  return (
    `webhook-filter hostile: Rule 1 (${HOSTILE}), condition 1: ` +
    '`key` must be a path such as `repository.name` or `items[0].id`.'
  );
}

/** Labels of the timeline that can't be read for their neighbours. */
function overlapping(editor: EditorPage): Promise<string[]> {
  return editor.page.evaluate(`(() => {
    const labels = [...document.querySelectorAll('.webhook-retry-time')]
      .map((label) => ({ text: label.textContent, box: label.getBoundingClientRect() }));
    return labels.flatMap(({ text, box }, at) =>
      at > 0 && labels[at - 1].box.right > box.left ? [text] : []);
  })()`);
}

function scrollTo(editor: EditorPage, row: number): Promise<void> {
  return editor.page.locator('.webhook-filter-condition').nth(row).scrollIntoViewIfNeeded();
}

function problems(editor: EditorPage): Promise<string[]> {
  return editor.page.locator('.webhook-filter-problem:visible').allInnerTexts();
}

/** Types into the first or second value of a condition. */
async function fill(row: Locator, index: number, text: string): Promise<void> {
  const input = row.locator('.webhook-filter-value .red-ui-typedInput-input').nth(index);
  await input.fill(text);
  await input.press('End');
}

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, suite, test } from 'node:test';
import type { Browser } from 'playwright-core';
import { MockApi } from '../support/mock-api';
import { NODE_RED_MAJORS, NodeRedProcess, tab } from '../support/node-red-process';
import { EditorPage, launchBrowser } from './editor-page';

const YAML = readFileSync('test/fixtures/sync/apilinker.yaml', 'utf8')
  // Node-RED asks before it deploys what is not valid.
  .replace('transform: custom', 'transform: strip');

/** Each kind of source, transformer and condition, as the form saves it. */
const KEPT: readonly object[] = [
  { source: 'a.b[0]', target: 'text', transform: ['strip', 'none_if_empty'] },
  { value: 'constant', target: 'kind' },
  { value: { nested: [1, null] }, target: 'more.json', include_nulls: true },
  {
    source: 'at',
    target: 'city',
    transform: { name: 'jsonpath', params: { path: 'address.city', default: { none: true } } },
    condition: { field: 'at.country', operator: 'in', value: ['DE', 'FR'] },
  },
  {
    source: 'at',
    target: 'zip',
    transform: [{ name: 'jsonpath', params: { own: 1, path: 'zip[0]' } }, 'to_string'],
    condition: { field: 'at', operator: 'exists' },
  },
  {
    source: 'price',
    target: 'price',
    transform: {
      name: 'template',
      params: { unit: 'EUR', digits: 2, nested: { x: [true] }, template: '{value:.2f} {unit}' },
    },
    condition: { field: 'price', operator: 'gt', value: 5 },
  },
  {
    source: 'tags',
    target: 'tags',
    transform: ['lowercase', { name: 'array_ops', params: { operation: 'join', separator: '' } }],
    condition: { field: 'tags', operator: 'ne', value: null },
  },
];
/** Written by hand: they cannot run, and are kept all the same. */
const BROKEN: readonly object[] = [
  {
    source: 'tags',
    target: 'middle',
    transform: { name: 'array_ops', params: { operation: 'median' } },
  },
  { source: 'x', target: 'x', transform: { name: 'template', params: 'no object' } },
];

for (const major of NODE_RED_MAJORS) {
  suite(`the dialogs of connection and sync in Node-RED ${major}`, () => {
    let browser: Browser;
    let red: NodeRedProcess;
    let editor: EditorPage;
    let api: MockApi;

    before(async () => {
      api = await MockApi.start([{ path: '/items', responses: [{ json: [] }] }]);
      [browser, red] = await Promise.all([
        launchBrowser(),
        NodeRedProcess.start({ major, flows: flows(api.url) }),
      ]);
      editor = await EditorPage.open(browser, red.url('/'));
    });
    after(async () => {
      await browser.close();
      await Promise.all([red.dispose(), api.stop()]);
    });

    const page = () => editor.page;
    const picture = (name: string) => editor.screenshot(`${name}-${major}`);
    /** The preview shows this as the only item. */
    const becomes = async (expected: object) => {
      const text = JSON.stringify(JSON.stringify(expected, null, 2));
      await page().waitForFunction(
        `[...document.querySelectorAll('.apilinker-preview-item')].map((item) => item.innerText).join() === ${text}`,
      );
    };
    /** Keys by their names; other texts are typed. */
    const press = async (...keys: string[]) => {
      for (const key of keys) {
        if (key === 'Tab' || key === 'Enter') await page().keyboard.press(key);
        else await page().keyboard.type(key);
      }
    };
    const steps = () => page().locator('.apilinker-field').last().locator('.apilinker-field-step');

    test('a configuration of APILinker becomes nodes, with what is left out listed', async () => {
      const id = await editor.drop('apilinker-sync');
      await editor.openDialog(id);
      await page().click('#apilinker-sync-import');
      await page().press('#apilinker-import-text', 'Escape');
      await page().waitForSelector('#apilinker-import-text', { state: 'detached' });
      assert.deepEqual(editor.errors, []);
      await editor.openDialog(id);
      await page().click('#apilinker-sync-import');
      await page().fill('#apilinker-import-text', 'source: {base_url: [');
      await page().waitForSelector('.apilinker-import-problem');
      assert.equal(await page().isDisabled('.apilinker-import-ok'), true);
      await page().fill('#apilinker-import-text', YAML);
      await page().waitForSelector('.apilinker-import-notes');
      const summary = await page().innerText('.apilinker-import-summary');
      assert.match(summary, /apilinker connection https:\/\/crm.example.com \(credentials: 1\)/);
      assert.match(summary, /error_handling.dlq is the second output of the sync/);
      assert.doesNotMatch(summary, /literal-key|hook-secret|apilinker-sync\.import/);
      await picture('sync-import');
      await page().click('.apilinker-import-ok');
      await page().waitForFunction(
        `RED.nodes.filterNodes({ type: 'apilinker-sync' }).length === 4`,
      );
      await picture('sync-imported');
      assert.equal(await page().evaluate(`RED.nodes.node(${JSON.stringify(id)}) ?? null`), null);
      assert.equal(await editor.deploy(), 200);
      const deployed = (await (await fetch(red.url('/flows'))).json()) as Record<string, unknown>[];
      const made = deployed.filter(
        ({ id: each }) => !['tab', 'api', 'hook', 'other', 'sync', 'kept'].includes(String(each)),
      );
      const types = made.map(({ type }) => type).sort();
      assert.deepEqual(
        types.filter((type) => type !== 'global-config'),
        [
          ...['apilinker-connection', 'apilinker-connection', 'apilinker-sync', 'apilinker-sync'],
          ...['inject', 'webhook-in', 'webhook-retry'],
        ],
      );
      const text = JSON.stringify(made);
      assert.doesNotMatch(text, /literal-key|hook-secret/);
      const target = made.find(({ baseUrl }) => baseUrl === 'https://crm.example.com');
      const saved = await fetch(
        red.url(`/credentials/apilinker-connection/${String(target?.['id'])}`),
      );
      assert.equal(((await saved.json()) as { has_key: boolean }).has_key, true);
      assert.deepEqual(editor.errors, []);
    });

    test('a deployed connection is tested, by its own credentials', async () => {
      await editor.openConfigDialog('apilinker-connection', 'api');
      await page().click('#apilinker-connection-test');
      const shown = page().locator('#apilinker-connection-tested[data-result="ok"]');
      assert.match(await shown.innerText(), /^GET \/items answered 200 in \d+ ms$/);
      assert.equal(api.requests.length, 1);
      await picture('connection-tested');
      await editor.cancel();
      await editor.openConfigDialog('apilinker-connection');
      await page().click('#apilinker-connection-test');
      const failed = page().locator('#apilinker-connection-tested[data-result="failed"]');
      assert.match(await failed.innerText(), /^Deploy first/);
      await editor.cancel();
      // A browser reports an answer of 404 as an error of the page.
      assert.deepEqual(
        editor.errors.splice(0).filter((each) => !/404/.test(each)),
        [],
      );
    });

    test('a preview shows what the last webhook and a pasted sample become', async () => {
      const body = JSON.stringify({ user: { name: 'ann' }, amount: '5' });
      const sent = await fetch(red.url('/hook'), {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body,
      });
      assert.equal(sent.status, 200);
      const other = await fetch(red.url('/other'), { method: 'POST', body: 'of no interest' });
      assert.equal(other.status, 200);
      await editor.showFlow('tab');
      await editor.openDialog('sync');
      assert.deepEqual(await page().locator('#node-input-targetEndpoint option').allInnerTexts(), [
        'items',
        'create',
      ]);
      await page().click('#apilinker-sync-preview summary');
      await page().click('#apilinker-sync-last');
      await becomes({ contact: 'ANN', sum: 5 });
      await picture('sync-preview');
      // The keyboard moves a field, and the preview follows.
      const handle = page().locator('.apilinker-fields .red-ui-editableList-item-handle').last();
      await handle.press('ArrowUp');
      await becomes({ sum: 5, contact: 'ANN' });
      await page().keyboard.press('ArrowDown');
      await becomes({ contact: 'ANN', sum: 5 });
      await page().fill('#apilinker-sync-sample', '{"user":{"name":"bob"},"amount":"x"}');
      await page().waitForSelector('#apilinker-sync-becomes .apilinker-field-problem');
      assert.match(await page().innerText('#apilinker-sync-becomes'), /Field 2 \(`sum`\): to_int/);
      await page().locator('.apilinker-field-target').nth(1).fill('total');
      await page().waitForSelector('#apilinker-sync-becomes :text("`total`")');
      await page().locator('.red-ui-editableList-item-remove').last().click();
      await becomes({ contact: 'BOB' });
      await editor.cancel();
      assert.deepEqual(editor.errors, []);
    });

    test('whatever a mapping holds, "Done" changes nothing', async () => {
      await page().evaluate(`RED.nodes.node('kept').fields.push(...${JSON.stringify(BROKEN)})`);
      await editor.openDialog('kept');
      await picture('sync-kept');
      const shown = await page().locator('.apilinker-fields').innerHTML();
      assert.doesNotMatch(shown, /apilinker-sync\./, 'no text is missing');
      assert.deepEqual(await page().locator('.apilinker-field-problem:visible').allInnerTexts(), [
        'the operation of array_ops must be one of count, sum, avg, min, max, join.',
        'the parameters of template must be an object.',
      ]);
      await editor.done();
      const { fields } = await editor.fields('kept');
      assert.deepEqual(fields, [...KEPT, ...BROKEN]);
      assert.deepEqual(editor.errors, []);
    });

    test('a field is mapped by the keyboard, through transformers with parameters', async () => {
      await editor.openDialog('sync');
      await page().click('#apilinker-sync-preview summary');
      await page().fill('#apilinker-sync-sample', '{"at":{"zip":7},"tags":["a","b"],"kind":"x"}');
      await page().locator('.red-ui-editableList-addButton').first().press('Enter');
      const source = page()
        .locator('.apilinker-field')
        .last()
        .locator('.apilinker-field-source input:visible');
      await source.first().focus();
      await press('at.zip', 'Tab', 'code', 'Tab');
      // What is typed into a closed select is taken by Enter, not on the way to it.
      await press('template', 'Enter', '{value:0>5}-{of}', 'Tab', 'Enter', 'of');
      assert.equal(await steps().count(), 1);
      await press('Tab', 'Tab', 'DE');
      await becomes({ code: '00007-DE' });
      await steps().last().locator('+ select').focus();
      await press('lowercase', 'Tab');
      await becomes({ code: '00007-de' });
      await page().locator('.apilinker-step-earlier:visible').last().press('Enter');
      await page().waitForSelector('#apilinker-sync-becomes .apilinker-field-problem');
      await steps().first().locator('.apilinker-step-removeTransform').press('Enter');
      await becomes({ code: '00007-DE' });
      await picture('sync-field');

      await page().locator('.apilinker-field-when').last().selectOption('if');
      await page().locator('.apilinker-field-if').last().fill('kind');
      await page().locator('.apilinker-field-value input:visible').last().fill('y');
      await becomes({});
      await page().locator('.apilinker-field-operator').last().selectOption('not_in');
      await becomes({ code: '00007-DE' });
      await editor.done();
      const { fields } = await editor.fields('sync');
      assert.deepEqual((fields as unknown[]).at(-1), {
        source: 'at.zip',
        target: 'code',
        transform: { name: 'template', params: { of: 'DE', template: '{value:0>5}-{of}' } },
        condition: { field: 'kind', operator: 'not_in', value: ['y'] },
      });
      assert.deepEqual(editor.errors, []);
    });
  });
}

function flows(baseUrl: string) {
  return [
    { ...tab('tab'), label: 'tab' },
    {
      ...{ id: 'api', type: 'apilinker-connection', baseUrl, allowPrivateNetwork: true },
      endpoints: [
        { name: 'items', path: '/items' },
        { name: 'create', path: '/items', method: 'POST' },
      ],
    },
    { id: 'hook', type: 'webhook-in', z: 'tab', x: 500, y: 400, path: '/hook', wires: [['sync']] },
    { id: 'other', type: 'webhook-in', z: 'tab', x: 500, y: 500, path: '/other', wires: [[]] },
    {
      ...{ id: 'kept', type: 'apilinker-sync', z: 'tab', x: 700, y: 500, wires: [[], []] },
      ...{ target: 'api', targetEndpoint: 'create', fields: KEPT },
    },
    {
      ...{ id: 'sync', type: 'apilinker-sync', z: 'tab', x: 700, y: 400, wires: [[], []] },
      ...{ target: 'api', targetEndpoint: 'create' },
      fields: [
        { source: 'user.name', target: 'contact', transform: 'uppercase' },
        { source: 'amount', target: 'sum', transform: 'to_int' },
      ],
    },
  ];
}

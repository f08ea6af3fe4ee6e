import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, suite, test } from 'node:test';
import type { Browser } from 'playwright-core';
import { MockApi } from '../support/mock-api';
import { NodeRedProcess, tab } from '../support/node-red-process';
import { EditorPage, launchBrowser } from './editor-page';

const YAML = readFileSync('test/fixtures/sync/apilinker.yaml', 'utf8')
  // Node-RED asks before it deploys what is not valid.
  .replace('transform: custom', 'transform: strip');

suite('the dialogs of connection and sync', () => {
  let browser: Browser;
  let red: NodeRedProcess;
  let editor: EditorPage;
  let api: MockApi;

  before(async () => {
    api = await MockApi.start([{ path: '/items', responses: [{ json: [] }] }]);
    [browser, red] = await Promise.all([
      launchBrowser(),
      NodeRedProcess.start({ major: 5, flows: flows(api.url) }),
    ]);
    editor = await EditorPage.open(browser, red.url('/'));
  });
  after(async () => {
    await browser.close();
    await Promise.all([red.dispose(), api.stop()]);
  });

  const page = () => editor.page;

  test('a configuration of APILinker becomes nodes, with what is left out listed', async () => {
    const id = await editor.drop('apilinker-sync');
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
    await editor.screenshot('sync-import');
    await page().click('.apilinker-import-ok');
    await page().waitForFunction(`RED.nodes.filterNodes({ type: 'apilinker-sync' }).length === 3`);
    await editor.screenshot('sync-imported');
    assert.equal(await page().evaluate(`RED.nodes.node(${JSON.stringify(id)}) ?? null`), null);
    assert.equal(await editor.deploy(), 200);
    const deployed = (await (await fetch(red.url('/flows'))).json()) as Record<string, unknown>[];
    const made = deployed.filter(
      ({ id: each }) => !['tab', 'api', 'hook', 'sync'].includes(String(each)),
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
    await editor.screenshot('connection-tested');
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
    await editor.showFlow('tab');
    await editor.openDialog('sync');
    assert.deepEqual(await page().locator('#node-input-targetEndpoint option').allInnerTexts(), [
      'items',
      'create',
    ]);
    await page().click('#apilinker-sync-preview summary');
    await page().click('#apilinker-sync-last');
    const item = page().locator('.apilinker-preview-item');
    assert.deepEqual(JSON.parse(await item.innerText()), { contact: 'ANN', sum: 5 });
    await editor.screenshot('sync-preview');
    await page().fill('#apilinker-sync-sample', '{"user":{"name":"bob"},"amount":"x"}');
    await page().waitForSelector('#apilinker-sync-becomes .apilinker-field-problem');
    assert.match(await page().innerText('#apilinker-sync-becomes'), /Field 2 \(`sum`\): to_int/);
    await page().locator('.apilinker-field-target').nth(1).fill('total');
    await page().waitForSelector('#apilinker-sync-becomes :text("`total`")');
    await editor.cancel();
    assert.deepEqual(editor.errors, []);
  });
});

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

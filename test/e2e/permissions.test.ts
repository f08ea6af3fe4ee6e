import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import {
  NODE_RED_MAJORS,
  NodeRedProcess,
  tab,
  type FlowNode,
  type NodeRedMajor,
} from '../support/node-red-process';
import { EditorPage, launchBrowser } from './editor-page';

/** Names with what they may, each with itself as the password. */
const ADMIN_AUTH = `adminAuth: (() => {
  const users = { reader: ['read'], writer: ['*'] };
  const find = (username) => Object.hasOwn(users, username) ? { username, permissions: users[username] } : null;
  return {
    type: 'credentials',
    users: (username) => Promise.resolve(find(username)),
    authenticate: (username, password) => Promise.resolve(username === password ? find(username) : null),
  };
})(),`;
const NO_TIPS = { editor: { view: { 'view-show-tips': false } } };

const node = (id: string, type: string, y: number, rest: object): FlowNode => ({
  ...{ id, type, z: 'tab', x: 150, y, ...rest },
});
const FLOWS: readonly FlowNode[] = [
  tab('tab'),
  node('in', 'webhook-in', 300, { path: '/orders', wires: [['retry']] }),
  node('signed', 'webhook-in', 360, { path: '/signed', provider: 'github', wires: [[]] }),
  {
    ...node('retry', 'webhook-retry', 300, {
      delaySeconds: 3600,
      maxDelaySeconds: 3600,
      quietMs: 10,
    }),
    x: 350,
    wires: [['fail'], []],
  },
  {
    ...node('fail', 'function', 300, { func: 'throw new Error("down");', wires: [[]] }),
    ...{ x: 550, name: 'fails' },
  },
  node('filter', 'webhook-filter', 420, { wires: [[], []] }),
  node('sync', 'apilinker-sync', 480, { target: 'api', targetEndpoint: 'items', wires: [[], []] }),
  {
    ...{ id: 'api', type: 'apilinker-connection', baseUrl: 'http://127.0.0.1:9/' },
    endpoints: [{ name: 'items', path: '/items', method: 'auto' }],
  },
];

for (const major of NODE_RED_MAJORS) {
  suite(`users of an editor that asks who they are, Node-RED ${major}`, () => {
    let browser: Browser;
    let red: NodeRedProcess;
    let login: EditorPage;

    before(async () => {
      const users = JSON.stringify({ reader: NO_TIPS, writer: NO_TIPS });
      [browser, red] = await Promise.all([
        launchBrowser(),
        NodeRedProcess.start({
          ...{ major, settingsCode: ADMIN_AUTH, flows: FLOWS },
          files: { '.config.users.json': users },
        }),
      ]);
      await send(red, '/orders');
    });
    after(async () => {
      await browser.close();
      await red.dispose();
    });

    test('who is not logged in sees nothing of ours', async () => {
      login = await EditorPage.openLogin(browser, red.url('/'));
      const { page } = login;
      const refused = watchRefusals(page);
      assert.equal(await page.locator('.aw-root').count(), 0);
      const status = await page.evaluate(
        `fetch('apilinker-webhooks/events').then((r) => r.status)`,
      );
      assert.equal(status, 401);
      assert.deepEqual(refused, ['GET apilinker-webhooks/events 401']);
      login.errors.splice(
        login.errors.findIndex((text) => text.includes('apilinker-webhooks/events')),
        1,
      );
    });

    test('who may only look sees lists live, no payload, and nothing that would be refused', async () => {
      const { page, editor } = await enter(login, major, 'reader');
      const refused = watchRefusals(page);
      await page.waitForSelector('.aw-row:has-text("/orders")');
      await send(red, '/orders');
      await page.waitForFunction(`document.querySelectorAll('.aw-row').length === 2`);
      await page.locator('.aw-row').first().click();
      await page.waitForSelector('.aw-detail .aw-notice:has-text("webhooks.write")');
      assert.match(await page.innerText('.aw-detail .aw-summary'), /Request\s+POST \/orders/);
      await editor.screenshot(`reader-${major}-event`);
      await page.keyboard.press('Escape');
      await page.fill('.aw-query', 'status:failed some words');
      await page.press('.aw-query', 'Enter');
      assert.match(await page.innerText('.aw-query-bar .aw-problem'), /webhooks\.write/);
      await page.fill('.aw-query', 'status:retrying');
      await page.press('.aw-query', 'Enter');
      await page.waitForFunction(
        `document.querySelectorAll('.aw-row .aw-is-retrying').length === 2`,
      );
      assert.equal(await send(red, '/signed'), 401);
      for (const [view, shown] of Object.entries(VIEWS)) {
        await page.click(`#apilinker-webhooks-tab-${view}`);
        await page.waitForSelector(`#apilinker-webhooks-${view} ${shown}`);
        await editor.screenshot(`reader-${major}-${view}`);
        assert.deepEqual(await actionsOf(page), []);
      }
      await testDialogsOfReader(editor, `reader-${major}`);
      assert.deepEqual(refused, []);
      assert.equal(await page.locator('.red-ui-notification:visible').count(), 0);
      assert.deepEqual(editor.errors, []);
      await page.context().close();
    });

    test('who may act sees payloads, replays, and sends test events', async () => {
      const another = await EditorPage.openLogin(browser, red.url('/'));
      const { page, editor } = await enter(another, major, 'writer');
      const refused = watchRefusals(page);
      await page.locator('.aw-row:has-text("/orders")').last().click();
      await page.waitForSelector('.aw-tree:has-text("order: 1")');
      await page
        .locator('.aw-event-actions')
        .getByRole('button', { name: 'Replay' })
        .first()
        .click();
      await page.waitForSelector('.aw-said:has-text("Replayed")');
      await editor.openDialog('in');
      await page.click('#webhook-in-test');
      await page.waitForSelector('#webhook-in-tested[data-result="ok"]');
      await editor.cancel();
      assert.deepEqual(refused, []);
      assert.deepEqual(editor.errors, []);
      await page.context().close();
    });
  });
}

/** The other views of the sidebar, with what each of them shows here. */
const VIEWS = {
  jobs: '.aw-jobs li',
  rejections: '.aw-rejections li',
  endpoints: '.aw-endpoints li',
};
/** What a reader may press: to see more, or something else on the canvas. */
const HARMLESS =
  /^(\w+\n\w+\nPOST \/\w+|Events|Event|Node|Headers\s+\d+|Filter|until it works|webhook-retry)$/;

async function enter(login: EditorPage, major: NodeRedMajor, name: string) {
  const editor = await login.login({ username: name, password: name });
  await editor.page.evaluate(`RED.sidebar.show('apilinker-webhooks')`);
  await editor.screenshot(`${name}-${major}`);
  return { editor, page: editor.page };
}

async function send(red: NodeRedProcess, path: string): Promise<number> {
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(red.url(path), { method: 'POST', headers, body: '{"order":1}' });
  return response.status;
}

/** What the admin API refused this page, for as long as it lives. */
function watchRefusals(page: Page): string[] {
  const refused: string[] = [];
  page.on('response', (response) => {
    const path = /\/(apilinker-webhooks\/[^?]*)/.exec(response.url())?.[1];
    if (path === undefined || response.status() < 400) return;
    refused.push(`${response.request().method()} ${path} ${response.status()}`);
  });
  return refused;
}

/** The buttons in sight by which something would be done. */
async function actionsOf(page: Page): Promise<string[]> {
  const texts = await page
    .locator('.aw-root [role=tabpanel]:visible button:visible:enabled')
    .allInnerTexts();
  return texts.map((text) => text.trim()).filter((text) => text !== '' && !HARMLESS.test(text));
}

/** Each dialog that asks the admin API for what a reader may not. */
async function testDialogsOfReader(editor: EditorPage, name: string): Promise<void> {
  const { page } = editor;
  const dialogs: readonly [string, string | null, string, string][] = [
    ['in', null, '#webhook-in-test', '#webhook-in-tested'],
    ['filter', '#webhook-filter-trial', '#webhook-filter-try', '#webhook-filter-tried'],
    ['sync', '#apilinker-sync-preview', '#apilinker-sync-last', '#apilinker-sync-becomes'],
  ];
  for (const [id, folded, button, shown] of dialogs) {
    await editor.openDialog(id);
    if (folded !== null) await page.click(`${folded} > summary`);
    assert.equal(await page.isDisabled(button), true, button);
    assert.match(await page.innerText(shown), /webhooks\.write/);
    await editor.screenshot(`${name}-${id}`);
    await editor.cancel();
  }
  await editor.openConfigDialog('apilinker-connection', 'api');
  assert.equal(await page.isDisabled('#apilinker-connection-test'), true);
  assert.match(await page.innerText('#apilinker-connection-tested'), /webhooks\.write/);
  await editor.cancel();
}

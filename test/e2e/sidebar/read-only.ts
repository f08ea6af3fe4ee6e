import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SidebarPage } from './sidebar-page';

/** What is seen by who may look and not act; the server's refusals are tried in admin-api.test.ts. */
export function testReadOnly(on: () => SidebarPage): void {
  test('who may only look sees lists, no payload and no actions', async () => {
    const context = on().page.context();
    await context.route(/\/settings(\?|$)/, async (route) => {
      const response = await route.fetch();
      const settings = (await response.json()) as object;
      const user = { username: 'reader', permissions: ['read'] };
      await route.fulfill({ response, json: { ...settings, user } });
    });
    await context.route(/apilinker-webhooks\/(events\/(search|[\w-]{36})|replays$)/, (route) =>
      route.request().method() === 'GET' && route.request().url().endsWith('/replays')
        ? route.continue()
        : route.fulfill({ status: 401, body: 'Unauthorized' }),
    );
    const { page, editor, rows } = await on().openAnother();
    const reader = page.locator('.aw-root');
    await rows.first().click();
    await page.waitForSelector('.aw-detail .aw-notice:has-text("webhooks.write")');
    assert.match(await page.innerText('.aw-detail .aw-summary'), /Request\s+POST \//);
    await page.keyboard.press('Escape');
    await page.fill('.aw-query', 'status:failed some words');
    await page.press('.aw-query', 'Enter');
    assert.match(await page.innerText('.aw-query-bar .aw-problem'), /webhooks\.write/);
    await page.fill('.aw-query', 'status:failed');
    await page.press('.aw-query', 'Enter');
    await page.waitForSelector('.aw-row .aw-is-failed');
    for (const view of ['jobs', 'rejections', 'endpoints', 'events'] as const) {
      await page.click(`#apilinker-webhooks-tab-${view}`);
      await page.waitForFunction(
        `!document.querySelector('#apilinker-webhooks-${view} .aw-notice-loading')`,
      );
      for (const name of ['Retry now', 'Cancel', 'Replay', 'Discard', 'Replay all that match …']) {
        const found = reader.getByRole('button', { name, exact: true });
        assert.equal(await found.filter({ visible: true }).count(), 0, name);
      }
    }
    assert.deepEqual(editor.errors, []);
    await page.close();
    await context.unrouteAll();
  });
}

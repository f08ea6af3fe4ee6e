import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Sent, SidebarPage } from './sidebar-page';

/** What is seen: lists, details, queries, the trail on the canvas. */
export function testViews(on: () => SidebarPage): void {
  test('says how to begin; the first event appears by itself', async () => {
    const { page, rows, editor } = on();
    await page.waitForSelector('.aw-notice-empty');
    assert.match(await page.innerText('.aw-notice-empty'), /Nothing received yet/);
    assert.match(await page.innerText('.aw-url'), /\/hooks\/github$/);
    const { id } = await on().github('push', { ref: 'refs/heads/main', n: 1 });
    await page.waitForSelector(`[id="apilinker-webhooks-row-${id}"]`);
    await page.waitForSelector('.aw-row .aw-is-success');
    assert.match(await rows.first().innerText(), /success\s+push/);
    await editor.screenshot(`sidebar-${on().major}-first-event`);
  });

  test('failures and retries have a word, a colour and a reason', async () => {
    const { page } = on();
    await on().send('/hooks/legacy', { sku: 'A-1' });
    await on().send('/orders/berlin?urgent=1', { fail: 'maintenance', order: 4711 });
    await page.waitForSelector('.aw-row .aw-is-failed');
    await page.waitForSelector('.aw-row .aw-is-retrying');
    assert.match(await on().row('/hooks/legacy').innerText(), /failed[\s\S]*unknown field A-1/);
    const color = (kind: string): Promise<string> =>
      page.evaluate(`getComputedStyle(document.querySelector('.aw-row .aw-is-${kind}')).color`);
    const colors = await Promise.all(['success', 'failed', 'retrying'].map(color));
    assert.equal(new Set(colors).size, 3);
  });

  test('a query is read as in the API; what is not understood is said', async () => {
    const { page, rows } = on();
    await on().query('status:failed');
    await page.waitForFunction(`document.querySelectorAll('.aw-row').length === 1`);
    assert.match(await rows.innerText(), /\/hooks\/legacy/);
    await on().query('stauts:failed');
    assert.match(await page.innerText('.aw-query-bar .aw-problem'), /stauts\s*is not a field/);
    await on().query('endpoint:/orders/:shop maintenance');
    await page.waitForFunction(`document.querySelector('.aw-row')?.innerText.includes('/orders')`);
    assert.equal(await rows.count(), 1);
    await on().query('status:ignored');
    await page.waitForSelector('.aw-notice-empty');
    await on().button('Show all events').click();
    await page.waitForFunction(`document.querySelectorAll('.aw-row').length === 3`);
    assert.equal(await page.inputValue('.aw-query'), '');
    await on().button('Filter').click();
    await on().button('failed').click();
    await page.waitForFunction(`document.querySelectorAll('.aw-row').length === 1`);
    assert.equal(await page.inputValue('.aw-query'), 'status:failed');
    await on().button('failed').click();
    await on().button('Filter').click();
    await page.waitForFunction(`document.querySelectorAll('.aw-row').length === 3`);
  });

  test('an event: payload as a tree, redacted headers said to be, attempts with their errors', async () => {
    const { page, detail, editor } = on();
    await on().row('push').click();
    await page.waitForSelector(
      '.aw-tree .red-ui-debug-msg-object-entry .red-ui-debug-msg-object-key',
    );
    assert.match(await page.innerText('.aw-tree'), /ref:\s*"refs\/heads\/main"/);
    assert.match(await detail.innerText(), /verified \(hmac, current secret\)/);
    await page.getByRole('button', { name: /^Headers/ }).click();
    const signature = page.locator('.aw-headers tr', { hasText: 'x-hub-signature-256' });
    assert.match(await signature.innerText(), /redacted/);
    await editor.screenshot(`sidebar-${on().major}-event`);
    await on().close();
    await on().row('/hooks/legacy').click();
    await page.waitForSelector('.aw-attempt .aw-error');
    assert.match(
      await page.innerText('.aw-attempt'),
      /Delivery 1\s+failed[\s\S]*unknown field A-1/,
    );
    await on().close();
  });

  test('the trail lights nodes up on the canvas, and shows them', async () => {
    const { page } = on();
    const lit = (): Promise<string[]> =>
      page.evaluate(
        `RED.nodes.filterNodes({}).filter((n) => n.highlighted).map((n) => n.id).sort()`,
      );
    await on().row('/orders/berlin').click();
    await page.waitForSelector('.aw-step');
    // It waits, and can be given up: the actions are six, and stand in one line.
    const tops = await page
      .locator('.aw-event-actions .aw-actions button:visible')
      .evaluateAll((buttons) => buttons.map((each) => each.getBoundingClientRect().top));
    assert.deepEqual(tops, Array(6).fill(tops[0]));
    assert.equal(await on().button('Discard').isVisible(), true);
    const attempts = await page.locator('.aw-attempt-head strong').allInnerTexts();
    assert.deepEqual(attempts, ['Delivery 1', 'Retry 1']);
    await page.hover('.aw-attempt:has-text("to the ERP") .aw-attempt-head');
    assert.deepEqual(await lit(), ['erp']);
    await page.hover('.aw-attempt:has-text("Delivery") .aw-attempt-head');
    assert.deepEqual(await lit(), ['retry']);
    await page.hover('.aw-step:has-text("to the ERP")');
    assert.deepEqual(await lit(), ['erp']);
    await page.hover('.aw-detail-head');
    assert.deepEqual(await lit(), []);
    await page.evaluate(
      `(window.revealed = [], RED.view.reveal = (id) => window.revealed.push(id))`,
    );
    await page.click('.aw-step:has-text("to the ERP")');
    assert.deepEqual(await page.evaluate('window.revealed'), ['erp']);
    await on().close();
  });

  test('the endpoints have their health, and a chart of the last hour', async () => {
    const { page, editor } = on();
    await on().show('endpoints');
    await page.waitForSelector('.aw-endpoints li');
    const health = (path: string): Promise<string> =>
      page.locator('.aw-endpoints li', { hasText: path }).locator('.aw-badge').innerText();
    assert.equal(await health('/hooks/github'), 'healthy');
    assert.equal(await health('/hooks/legacy'), 'failing');
    assert.match(await page.innerText('.aw-legend'), /3 received\s+1 failed\s+0 refused/);
    const drawn = (kind: string): Promise<number> =>
      page
        .evaluate(
          `getComputedStyle(document.querySelector('.aw-chart-frame')).getPropertyValue('--aw-bar-${kind}')`,
        )
        .then((color) => on().pixels(String(color)));
    await page.waitForSelector('.aw-chart canvas');
    const ofAll = await drawn('received');
    assert.ok(ofAll > 0 && (await drawn('failed')) > 0);
    assert.equal(await drawn('rejected'), 0);
    const chart = page.getByRole('img', { name: 'Last hour: 3 received, 1 failed, 0 refused' });
    const { width, height } = (await chart.boundingBox())!;
    const words = (): Promise<string> => page.innerText('.aw-chart-words');
    const minute = /^\d\d:\d\d · \d+ received · \d+ failed/;
    await chart.hover({ position: { x: width - 4, y: height / 3 } });
    assert.match(await words(), minute);
    await page.hover('.aw-legend');
    assert.equal(await words(), 'The last hour, minute by minute');
    await chart.focus();
    await page.keyboard.press('ArrowLeft');
    assert.match(await words(), minute);
    await page.locator('.aw-endpoint', { hasText: '/hooks/legacy' }).click();
    assert.match(await page.innerText('.aw-legend'), /1 received\s+1 failed/);
    // Its only event has failed: nothing is seen of those that did not.
    assert.equal(await drawn('received'), 0);
    assert.ok((await drawn('failed')) > 0);
    await editor.screenshot(`sidebar-${on().major}-endpoints`);
    await page
      .locator('.aw-endpoints li', { hasText: '/hooks/legacy' })
      .getByRole('button', { name: 'Events' })
      .click();
    assert.equal(await page.inputValue('.aw-query'), 'endpoint:/hooks/legacy');
    await page.waitForFunction(`document.querySelectorAll('.aw-row').length === 1`);
    await on().query('');
  });

  test('the chart follows the theme and the width of the sidebar, and goes when nobody looks', async () => {
    const { page, editor } = on();
    await on().show('endpoints');
    await page.waitForSelector('.aw-chart canvas');
    await page.addStyleTag({
      content: 'html.nr-theme-dark { --red-ui-secondary-border-color: #123456 !important; }',
    });
    assert.equal(await on().pixels('#123456'), 0);
    await page.evaluate(`document.documentElement.classList.add('nr-theme-dark')`);
    await on().waitForPixels('#123456');
    await editor.screenshot(`sidebar-${on().major}-chart-dark`);
    await page.evaluate(`document.documentElement.classList.remove('nr-theme-dark')`);
    const frame = page.locator('.aw-chart-frame');
    await frame.scrollIntoViewIfNeeded();
    const canvasWidth = (): Promise<number> =>
      page.evaluate(`document.querySelector('.aw-chart canvas').clientWidth`);
    for (const width of [300, 620]) {
      await page.evaluate(`document.querySelector('.aw-root').style.width = '${width}px'`);
      await page.waitForFunction(
        `document.querySelector('.aw-chart canvas').clientWidth === document.querySelector('.aw-chart-frame').clientWidth`,
      );
      assert.ok(Math.abs((await canvasWidth()) - width) < 30);
      await editor.screenshot(`sidebar-${on().major}-chart-${width}`);
    }
    await page.evaluate(`document.querySelector('.aw-root').style.width = ''`);
    await on().show('events');
    assert.equal(await frame.locator('canvas').count(), 0);
  });

  test('refused requests come with advice', async () => {
    const { page } = on();
    await on().show('rejections');
    await page.waitForSelector('.aw-notice-empty');
    assert.equal((await on().github('push', { n: 2 }, 'another secret')).status, 401);
    await page.waitForSelector('.aw-rejections li');
    assert.match(await page.innerText('.aw-rejections'), /401\s+invalid-signature[\s\S]*secret/);
    await on().show('events');
  });

  test('refused requests and retries beyond a page are shown when asked for', async () => {
    const { page } = on();
    const [real] = await page.evaluate<{ cause: string }[]>(
      `$.getJSON('apilinker-webhooks/rejections?limit=1').then(({ rejections }) => rejections)`,
    );
    await page.route(/apilinker-webhooks\/rejections\?/, (route) => {
      const isBelow = new URL(route.request().url()).searchParams.get('before') === 'the cursor';
      const cause = isBelow ? 'older' : real!.cause;
      const rejections = [{ ...real, id: cause, cause }];
      return route.fulfill({ json: { rejections, next: isBelow ? null : 'the cursor' } });
    });
    await on().show('rejections');
    await on().button('Show older ones').click();
    await page.waitForFunction(`document.querySelectorAll('.aw-rejections li').length === 2`);
    assert.match(await page.locator('.aw-rejections li').last().innerText(), /401\s+older/);
    assert.equal(await on().button('Show older ones').count(), 0);
    await page.unrouteAll();
    await on().show('events');
  });

  test('of a long list only the rows in sight are in the page', async () => {
    const { page } = on();
    const [real] = await page.evaluate<object[]>(
      `$.getJSON('apilinker-webhooks/events?limit=1').then(({ events }) => events)`,
    );
    const total = 3000;
    await page.route(/apilinker-webhooks\/events\?/, (route) => {
      const query = new URL(route.request().url()).searchParams;
      const [from, limit] = [Number(query.get('before') ?? 0), Number(query.get('limit'))];
      const events = Array.from({ length: Math.min(limit, total - from) }, (_, n) => ({
        ...real,
        ...{ id: `made-${from + n}`, eventType: `event ${from + n}`, status: 'success' },
      }));
      const next = from + limit < total ? String(from + limit) : null;
      return route.fulfill({ json: { events, next } });
    });
    await on().query('method:POST');
    await page.waitForSelector('.aw-row:has-text("event 0")');
    const height = await page.evaluate<number>(`document.querySelector('.aw-list').clientHeight`);
    assert.ok((await on().rows.count()) * 44 >= height, 'the list is full of them');
    await page.focus('.aw-list');
    const seen: number[] = [];
    while (!(await page.locator('.aw-row', { hasText: `event ${total - 1}` }).isVisible())) {
      await page.keyboard.press('End');
      seen.push(await on().rows.count());
    }
    assert.ok(Math.max(...seen) < 60, `${Math.max(...seen)} rows at most`);
    await page.unrouteAll();
    await on().query('');
  });

  test('everything is reached by the keyboard', async () => {
    const { page } = on();
    await on().query('');
    await page.waitForFunction(`document.querySelectorAll('.aw-row').length === 3`);
    await page.focus('#apilinker-webhooks-tab-events');
    const focused = (): Promise<string> => page.evaluate('document.activeElement.className');
    const seen: string[] = [];
    for (let n = 0; n < 3; n++) {
      await page.keyboard.press('Tab');
      seen.push(await focused());
    }
    assert.match(seen.join(' | '), /aw-query \| aw-button aw-icon \| aw-list/);
    await page.keyboard.press('End');
    await page.keyboard.press('ArrowUp');
    await page.keyboard.press('Enter');
    await page.waitForSelector('.aw-detail .aw-event-actions');
    assert.match(await page.innerText('.aw-detail .aw-summary'), /\/hooks\/legacy/);
    assert.match(await focused(), /aw-close/);
    await page.keyboard.press('Escape');
    await page.waitForSelector('.aw-detail', { state: 'hidden' });
    assert.match(await focused(), /aw-list/);
    await page.focus('#apilinker-webhooks-tab-events');
    await page.keyboard.press('ArrowRight');
    await page.waitForSelector('#apilinker-webhooks-endpoints:visible');
    await page.keyboard.press('ArrowLeft');
    await page.waitForSelector('#apilinker-webhooks-events:visible');
  });

  test('what its sender sent again shows how often, and the same id with another body is marked', async () => {
    const { page, detail, editor } = on();
    const send = (n: number): Promise<Sent> =>
      on().github('ping', { n }, undefined, { 'x-github-delivery': 'one delivery' });
    const { id } = await send(1);
    await page.waitForSelector(`[id="apilinker-webhooks-row-${id}"] .aw-is-success`);
    for (let n = 0; n < 2; n++) assert.equal((await send(1)).id, id);
    await page.waitForSelector(`[id="apilinker-webhooks-row-${id}"] .aw-mark:text-is("×3")`);
    const { id: other } = await send(2);
    await page.waitForSelector(`[id="apilinker-webhooks-row-${other}"] .aw-is-success`);
    const marks = page.locator(`[id="apilinker-webhooks-row-${other}"] .aw-mark`);
    assert.deepEqual(await marks.allInnerTexts(), ['conflict']);
    await on().open(id);
    assert.match(await detail.innerText(), /Repeats\s+received 3 times, last on .*\d\d:\d\d/);
    await send(1);
    await page.waitForSelector('.aw-detail-head .aw-mark:text-is("×4")');
    assert.match(await detail.innerText(), /received 4 times/);
    await editor.screenshot(`sidebar-${on().major}-repeats`);
    await on().close();
    await page.waitForSelector(`[id="apilinker-webhooks-row-${id}"] .aw-mark:text-is("×4")`);
    await on().open(other);
    assert.match(await detail.innerText(), /Conflict\s+Another event had the same .* key/);
    await on().close();
    await on().query('repeats:3');
    await page.waitForFunction(`document.querySelectorAll('.aw-row').length === 1`);
    assert.match(await on().rows.innerText(), /ping\s+×4/);
    await on().query('');
  });
}

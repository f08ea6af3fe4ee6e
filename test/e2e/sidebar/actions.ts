import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SidebarPage } from './sidebar-page';

/** What is done: replays, retries, copies. */
export function testActions(on: () => SidebarPage): void {
  /** What the flow received since, when there are so many. */
  const received = async (from: number, count: number): Promise<any[]> =>
    (await on().red.waitForReceived(from + count)).slice(from);

  test('one event is replayed as it was, then edited, with what changes shown', async () => {
    const { page, red } = on();
    const { id } = await on().github('release', { action: 'published', tag: 'v1' });
    const before = (await red.waitForReceived(red.received().length + 1)).length;
    await on().open(id);
    await on().button('Replay').click();
    await page.waitForSelector('.aw-said:has-text("Replayed")');
    const [again] = await received(before, 1);
    assert.deepEqual([again.payload.tag, again.webhook.replayOf], ['v1', id]);

    await on().button('Edit and replay').click();
    assert.equal(await on().button('Replay this').isDisabled(), true);
    const body = page.getByLabel('Body', { exact: true });
    await body.fill((await body.inputValue()).replace('v1', 'v2'));
    assert.match(await page.innerText('.aw-diff'), /-\s+"tag": "v1"\s+\+\s+"tag": "v2"/);
    const headers = page.getByLabel('Headers, one a line');
    await headers.fill(`${await headers.inputValue()}\nx-why: a test`);
    await on().button('Replay this').click();
    const [edited] = await received(before + 1, 1);
    assert.deepEqual([edited.payload.tag, edited.req.headers['x-why']], ['v2', 'a test']);
    assert.equal(edited.webhook.edited, true);
    await on().button('Open it').click();
    await page.waitForSelector('.aw-detail-head .aw-mark:has-text("edited")');
    await on().close();
  });

  test('all that match are counted, replayed at a rate, and stopped', async () => {
    const { page, red } = on();
    await on().query('eventType:release');
    await page.waitForFunction(`document.querySelectorAll('.aw-row').length === 3`);
    await page.waitForFunction(`document.querySelectorAll('.aw-row .aw-is-success').length === 3`);
    const before = red.received().length;
    await on().button('Replay all that match …').click();
    await page.waitForSelector('.aw-many :text("3 events match")');
    await page.fill('#apilinker-webhooks-rate', '0.1');
    await on().button('Replay them').click();
    await page.waitForSelector('.aw-many progress');
    await page.waitForSelector('.aw-many :text("1 of 3")');
    await on().button('Stop').click();
    await page.waitForSelector('.aw-many .aw-is-stopped');
    assert.equal((await received(before, 1)).length, 1);
    await on().button('Close').click();
    await on().query('');
  });

  test('a parked message is tried now, and given up when that is meant', async () => {
    const { page } = on();
    await on().show('jobs');
    const job = page.locator('.aw-jobs li');
    await page.waitForSelector('.aw-jobs li:has-text("tried 1 ×")');
    assert.match(await job.innerText(), /until it works[\s\S]*ERP: maintenance/);
    await on().button('Retry now').click();
    await page.waitForSelector('.aw-jobs li:has-text("tried 2 ×")');
    await on().button('Cancel').click();
    await on().button('No').click();
    await on().button('Cancel').click();
    await page.locator('.aw-ask .aw-primary').click();
    await page.waitForSelector('#apilinker-webhooks-jobs .aw-notice-empty');
    await on().show('events');
    await page.waitForSelector('.aw-row:has-text("/orders/berlin") .aw-is-failed');
  });

  test('it is copied as cURL, exported, and made an inject node', async () => {
    const { page } = on();
    await on().row('push').first().click();
    await page.waitForSelector('.aw-event-actions');
    await page.evaluate(`RED.clipboard.copyText = (text) => { window.copied = text; }`);
    await on().button('Copy as cURL').click();
    const command = await page.evaluate<string>('window.copied');
    assert.match(command, /^curl --globoff --request 'POST' 'http:\/\/127[^']*\/hooks\/github'/);
    assert.match(command, /--data-raw '\{"ref":"refs\/heads\/main","n":1\}'$/);
    assert.doesNotMatch(command, /x-hub-signature|redacted/);

    const download = page.waitForEvent('download');
    await on().button('Export').click();
    const stream = await (await download).createReadStream();
    const chunks: Buffer[] = [];
    for await (const chunk of stream) chunks.push(chunk as Buffer);
    const exported = JSON.parse(Buffer.concat(chunks).toString()) as { eventType: string };
    assert.equal(exported.eventType, 'push');

    await on().button('Inject node').click();
    const [inject] = await page.evaluate<any[]>(
      `RED.nodes.filterNodes({ type: 'inject' }).map((n) => RED.nodes.convertNode(n))`,
    );
    assert.deepEqual(JSON.parse(inject.payload), { ref: 'refs/heads/main', n: 1 });
    assert.equal(inject.payloadType, 'json');
    await on().close();
  });

  test('after a lost connection it shows what came meanwhile', async () => {
    const { page, red, editor } = on();
    await page.focus('.aw-list');
    await page.keyboard.press('Home');
    // Told of by nobody: the browser comes back only when it is stored.
    await page.evaluate(`(window.RealWebSocket = WebSocket, window.WebSocket = class extends WebSocket {
      constructor(url) { super(url.replace(/:\\d+/, ':9')); }
    })`);
    await red.stop();
    await red.start();
    const { id } = await on().github('ping', { zen: 'Keep it logically awesome.' });
    assert.equal(await page.locator(`[id="apilinker-webhooks-row-${id}"]`).count(), 0);
    await page.evaluate(`window.WebSocket = window.RealWebSocket`);
    await page.waitForSelector(`[id="apilinker-webhooks-row-${id}"]`);
    // That one came with all that is asked for again; the next ones are told.
    const { id: next } = await on().github('ping', {
      zen: 'Non-blocking is better than blocking.',
    });
    await page.waitForSelector(`[id="apilinker-webhooks-row-${next}"]`);
    await page.waitForSelector(`[id="apilinker-webhooks-row-${next}"] .aw-is-success`);
    // What the browser says of the connection that was lost.
    const others = editor.errors.splice(0).filter((text) => !/ERR_CONNECTION|comms/.test(text));
    assert.deepEqual(others, []);
  });
}

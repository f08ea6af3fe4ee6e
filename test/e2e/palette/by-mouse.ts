import assert from 'node:assert/strict';
import type { PalettePage } from './palette-page';
import type { Step } from './steps';

/** The README says so; a person who is slower than the average has a third more. */
const PROMISED_SECONDS = 180;

/** What a new user does: installs, drags, wires, configures, deploys, tests, receives, looks, replays. */
export function testByMouse(step: Step, on: () => PalettePage, tarball: () => string): void {
  let secret = '';
  let endpoint = '';

  step(
    'the tarball is uploaded in the browser; palette and sidebar are there at once',
    async () => {
      const { page, editor } = on();
      await on().install(tarball());
      const shown = page.locator('.red-ui-palette-node[data-palette-type^="webhook-"]');
      assert.deepEqual(
        (
          await shown.evaluateAll((nodes) => nodes.map((node) => node.dataset['paletteType']))
        ).sort(),
        ['webhook-filter', 'webhook-in', 'webhook-outcome', 'webhook-replay', 'webhook-retry'],
      );
      await editor.screenshot(`palette-${on().red.major}-installed`);
    },
  );

  step('nodes are dragged and wired by the mouse', async () => {
    endpoint = await on().drop('webhook-in', { x: 150, y: 420 });
    const filter = await on().drop('webhook-filter', { x: 350, y: 420 });
    const retry = await on().drop('webhook-retry', { x: 550, y: 420 });
    const debug = await on().drop('debug', { x: 750, y: 420 });
    await on().wire(endpoint, filter);
    await on().wire(filter, retry);
    await on().wire(retry, debug);
  });

  step('the endpoint is configured by the keyboard, with a secret that was made up', async () => {
    const { page, editor } = on();
    await on().openDialog(endpoint);
    await on().tabTo('#node-input-path');
    await on().type('/hooks/github');
    await on().tabTo('#webhook-in-search');
    await on().type('github');
    await on().press('Enter');
    await on().tabTo('#webhook-in-generate');
    await on().press('Space');
    secret = await page.innerText('#webhook-in-generated code');
    assert.match(secret, /^\S{32,}$/);
    assert.match(await page.innerText('#webhook-in-summary'), /HMAC SHA-256.*X-Hub-Signature-256/);
    assert.match(await page.innerText('#webhook-in-url'), /^http:\/\/127.*\/hooks\/github$/);
    await editor.screenshot(`palette-${on().red.major}-configured`);
    await on().confirm();
  });

  step(
    'deployed by a click, the sidebar says what to do next; a test event is sent from the dialog',
    async () => {
      const { page, editor } = on();
      await on().openSidebar();
      await page.waitForSelector('.aw-notice-empty:has-text("No endpoint is deployed")');
      await on().deployBy(() => on().click('#red-ui-header-button-deploy'));
      await page.waitForSelector('.aw-url:has-text("/hooks/github")');
      assert.deepEqual(await editor.invalidNodes(), []);
      await on().openDialog(endpoint);
      await on().click('#webhook-in-test');
      await page.waitForSelector('#webhook-in-tested[data-result="ok"]');
      await editor.screenshot(`palette-${on().red.major}-tested`);
      await on().click('#node-dialog-cancel');
      await page.waitForSelector('.red-ui-tray', { state: 'detached' });
    },
  );

  step(
    'a signed request from outside is verified, and seen in the sidebar: within three minutes',
    async (t) => {
      const { page, editor, pace } = on();
      await page.waitForSelector('.aw-row .aw-mark');
      assert.equal((await on().github('/hooks/github', 'another secret', { n: 0 })).status, 401);
      const { status, id } = await on().github('/hooks/github', secret, { n: 1 });
      assert.equal(status, 200);
      await page.waitForSelector(`[id="apilinker-webhooks-row-${id}"]:has(.aw-is-success)`);
      const { person, machine } = pace.seconds;
      t.diagnostic(
        `Node-RED ${on().red.major}: ${pace.steps} steps, ${Math.round(person)} s of a person, ${Math.round(machine)} s of this machine`,
      );
      assert.ok(person * 1.33 + machine < PROMISED_SECONDS, `${person} s and ${machine} s`);
      await on().click(`[id="apilinker-webhooks-row-${id}"]`);
      await page.waitForSelector('.aw-tree:has-text("n: 1")');
      assert.match(await page.innerText('.aw-summary'), /verified \(hmac, current secret\)/);
      await editor.screenshot(`palette-${on().red.major}-received`);
    },
  );

  step('it is replayed, and the replay reaches the flow', async () => {
    const { page } = on();
    await on().click('.aw-event-actions button:has-text("Replay") >> nth=0');
    await page.waitForSelector('.aw-said:has-text("Replayed")');
    await on().click('.aw-close');
    await page.waitForFunction(`document.querySelectorAll('.aw-row .aw-is-success').length === 3`);
  });
}

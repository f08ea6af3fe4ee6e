import assert from 'node:assert/strict';
import type { PalettePage } from './palette-page';
import type { Step } from './steps';

/** A flow without its secrets, as a colleague would send it: its endpoint is to be configured. */
const FLOW = JSON.stringify([
  { id: 'keys', type: 'tab', label: 'By keyboard' },
  {
    ...{ id: 'keys-in', type: 'webhook-in', z: 'keys', x: 150, y: 80 },
    ...{ path: '/hooks/keys', wires: [['keys-out']] },
  },
  { id: 'keys-out', type: 'debug', z: 'keys', x: 350, y: 80, wires: [] },
]);
const SECRET = 'typed by hand';

/** Configure, deploy, test, find, replay: without a mouse. */
export function testByKeyboard(step: Step, on: () => PalettePage): void {
  step('a flow is imported, its endpoint configured and deployed, by keys only', async () => {
    const { page } = on();
    await page.focus('#red-ui-workspace-chart');
    await on().press('Control+i');
    await page.waitForSelector('#red-ui-clipboard-dialog-import-text:visible');
    await page.fill('#red-ui-clipboard-dialog-import-text', FLOW);
    await on().press('End');
    // The dialog looks at the text a moment later, and only then offers its button.
    await page.waitForSelector('#red-ui-clipboard-dialog-ok:not(.disabled):not(:disabled)');
    await on().tabTo('#red-ui-clipboard-dialog-ok');
    await on().press('Enter');
    await page.waitForSelector('#red-ui-clipboard-dialog-import-text', { state: 'hidden' });
    await openEndpoint();
    await on().tabTo('#webhook-in-search');
    await on().type('github');
    await on().press('Enter');
    await on().tabTo('#node-input-secret');
    await on().type(SECRET);
    await on().confirm();
    await on().deployBy(() => on().action('deploy', 'deploy'));
  });

  step('a test event is sent by keys only, and one comes from outside', async () => {
    const { page } = on();
    await openEndpoint();
    await on().tabTo('#webhook-in-test');
    await on().press('Enter');
    await page.waitForSelector('#webhook-in-tested[data-result="ok"]');
    await on().confirm();
    assert.equal((await on().github('/hooks/keys', 'another secret', { n: 1 })).status, 401);
    assert.equal((await on().github('/hooks/keys', SECRET, { n: 2 })).status, 200);
  });

  step('both are found in the sidebar, and one is replayed, by keys only', async () => {
    const { page, editor } = on();
    await on().action('show webhooks', 'webhooks');
    await page.waitForSelector('.aw-row:has-text("/hooks/keys")');
    await on().tabTo('.aw-query');
    await on().type('endpoint:/hooks/keys');
    await on().press('Enter');
    await rowsAre(2);
    await on().tabTo('.aw-list');
    await on().press('Home');
    await on().press('Enter');
    await page.waitForSelector('.aw-detail .aw-event-actions');
    await on().tabTo('.aw-event-actions button');
    assert.equal(await page.evaluate('document.activeElement.innerText'), 'Replay');
    await on().press('Enter');
    await page.waitForSelector('.aw-said:has-text("Replayed")');
    await on().press('Escape');
    await rowsAre(3);
    await editor.screenshot(`palette-${on().red.major}-by-keyboard`);
  });

  /** The rows in the list, each of an event of this endpoint. */
  async function rowsAre(count: number): Promise<void> {
    await on().page.waitForFunction(`(() => {
      const rows = [...document.querySelectorAll('.aw-row')];
      return rows.length === ${count} && rows.every((row) => row.innerText.includes('/hooks/keys'));
    })()`);
  }

  /**
   * An import leaves the tab shown that was: the search goes to the other one. Node-RED 5.0.7 has no key
   * to a first node ("go to next node" throws), but of all that is selected the first one is edited.
   */
  async function openEndpoint(): Promise<void> {
    const { page, editor } = on();
    await on().press('Control+f');
    await page.waitForSelector('.red-ui-search-container:visible input:focus');
    await on().type('hooks/keys');
    await page.waitForSelector('.red-ui-search-result-node-label:visible');
    await on().press('Enter');
    await page.waitForSelector('.red-ui-search-container', { state: 'hidden' });
    await on().press('Control+a');
    await page.waitForFunction(`RED.view.selection().nodes?.[0]?.type === 'webhook-in'`);
    await on().action('edit selected', 'edit selected');
    await editor.dialogIsOpen();
    assert.equal(await page.inputValue('#node-input-path'), '/hooks/keys');
  }
}

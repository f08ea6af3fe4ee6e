import assert from 'node:assert/strict';
import { createHmac, randomUUID } from 'node:crypto';
import type { Browser, Page } from 'playwright-core';
import type { NodeRedProcess } from '../../support/node-red-process';
import { EditorPage } from '../editor-page';
import { Pace } from './pace';

/** The most that a person would press Tab for something. */
const MOST_TABS = 40;

/** A new user in a Node-RED without this package: what they do by mouse and by keyboard, and how long it takes. */
export class PalettePage {
  readonly editor: EditorPage;
  readonly page: Page;
  readonly red: NodeRedProcess;
  readonly pace = new Pace();

  private constructor(editor: EditorPage, red: NodeRedProcess) {
    this.editor = editor;
    this.page = editor.page;
    this.red = red;
  }

  static async open(browser: Browser, red: NodeRedProcess): Promise<PalettePage> {
    return new PalettePage(await EditorPage.openPlain(browser, red.url('/')), red);
  }

  async click(selector: string): Promise<void> {
    this.pace.click();
    await this.page.click(selector);
  }

  /** Manage palette, Install, the button that uploads, the file, "Upload". */
  async install(tarball: string): Promise<void> {
    const { page } = this;
    await this.click('#red-ui-header-button-sidemenu');
    await this.click('#menu-item-edit-palette');
    await this.click('#red-ui-palette-editor-tabs #red-ui-tab-install a');
    const chosen = page.waitForEvent('filechooser');
    await this.click('.red-ui-palette-editor-upload-button');
    // The file is picked in a window of the system: found and opened by a double click.
    this.pace.click(2);
    await (await chosen).setFiles(tarball);
    await this.click('.red-ui-palette-editor-upload-buttons .primary');
    await page.waitForSelector('.red-ui-palette-node[data-palette-type="webhook-in"]', {
      state: 'attached',
      timeout: 60_000,
    });
    await page.waitForSelector('.red-ui-palette-editor-upload', { state: 'hidden' });
    await this.click('.red-ui-tray-toolbar .primary:visible');
    await page.waitForSelector('.red-ui-tray', { state: 'detached' });
  }

  /** Drags a node to a place on the canvas; its id. */
  async drop(type: string, at: { x: number; y: number }): Promise<string> {
    const { page } = this;
    this.pace.drag();
    const ids = (): Promise<string[]> =>
      page.evaluate(`RED.nodes.filterNodes({}).map((node) => node.id)`);
    const before = await ids();
    await page.locator(`.red-ui-palette-node[data-palette-type="${type}"]`).hover();
    await page.mouse.down();
    const canvas = await this.#box('#red-ui-workspace-chart');
    await page.mouse.move(canvas.x + at.x, canvas.y + at.y - 10, { steps: 5 });
    await page.mouse.move(canvas.x + at.x, canvas.y + at.y, { steps: 5 });
    await page.mouse.up();
    await page.waitForFunction(`RED.nodes.filterNodes({}).length > ${before.length}`);
    const [added, ...others] = (await ids()).filter((id) => !before.includes(id));
    assert.ok(added !== undefined && others.length === 0);
    return added;
  }

  /** Draws a wire from the first output of a node to the input of another one. */
  async wire(from: string, to: string): Promise<void> {
    const { page } = this;
    this.pace.drag();
    const output = await this.#middle(`[id="${from}"] .red-ui-flow-port-output rect`);
    const input = await this.#middle(`[id="${to}"] .red-ui-flow-port-input rect`);
    await page.mouse.move(output.x, output.y);
    await page.mouse.down();
    await page.mouse.move(input.x - 20, input.y, { steps: 5 });
    await page.mouse.move(input.x, input.y, { steps: 5 });
    await page.mouse.up();
    const ends = `link.source.id === '${from}' && link.target.id === '${to}'`;
    await page.waitForFunction(`RED.nodes.filterLinks({}).some((link) => ${ends})`);
  }

  /** Node-RED 4 has icons for as many tabs as there is room for, and a menu with all of them. */
  async openSidebar(): Promise<void> {
    const icon = this.page.locator(
      '[data-tab-id="apilinker-webhooks"], #red-ui-tab-apilinker-webhooks-link-button',
    );
    this.pace.click();
    if (await icon.isVisible()) return icon.click();
    await this.page.click('.red-ui-tab-link-button-menu:visible');
    await this.click('.red-ui-menu-dropdown:visible a:has-text("Webhooks")');
  }

  async openDialog(id: string): Promise<void> {
    this.pace.click(2);
    await this.editor.openDialog(id);
  }

  /** Presses Tab (or another key) until the focus is on what the selector means. */
  async tabTo(selector: string, key = 'Tab'): Promise<void> {
    const seen: string[] = [];
    for (let presses = 1; presses <= MOST_TABS; presses++) {
      await this.page.keyboard.press(key);
      const isThere = await this.page.evaluate<boolean>(
        `document.activeElement.matches(${JSON.stringify(selector)})`,
      );
      if (isThere) {
        this.pace.keys(presses);
        return;
      }
      seen.push(await this.page.evaluate<string>(FOCUSED));
    }
    assert.fail(`${key} does not lead to ${selector}, but to ${seen.join(', ')}`);
  }

  async type(text: string): Promise<void> {
    this.pace.keys(text.length);
    await this.page.keyboard.type(text);
  }

  async press(key: string): Promise<void> {
    this.pace.keys(1);
    await this.page.keyboard.press(key);
  }

  /** Ctrl-Enter: "Done" of the dialog. */
  async confirm(): Promise<void> {
    await this.press('Control+Enter');
    await this.page.waitForSelector('.red-ui-tray', { state: 'detached' });
  }

  /** Node-RED's list of actions, by the keyboard. */
  async action(name: string, command: string): Promise<void> {
    const { page } = this;
    await this.press('Control+Shift+P');
    await page.waitForSelector('.red-ui-search-container:visible input:focus');
    await this.type(name);
    await page.waitForFunction(
      `[...document.querySelectorAll('#red-ui-actionList li.selected')]
        .some((row) => row.innerText.toLowerCase().includes(${JSON.stringify(command)}))`,
    );
    await this.press('Enter');
    await page.waitForSelector('.red-ui-search-container', { state: 'hidden' });
  }

  /** What `act` does makes Node-RED deploy; the flows run when this is over. */
  async deployBy(act: () => Promise<void>): Promise<void> {
    const from = this.red.log.length;
    const answer = this.page.waitForResponse(
      (response) => response.request().method() === 'POST' && response.url().endsWith('/flows'),
    );
    await act();
    assert.equal((await answer).status(), 200);
    await this.red.waitForLog(/Started (modified )?(flows|nodes)/, from);
  }

  /** What GitHub sends, from outside. */
  async github(
    path: string,
    secret: string,
    body: object,
  ): Promise<{ status: number; id: string }> {
    const text = JSON.stringify(body);
    const digest = createHmac('sha256', secret).update(text).digest('hex');
    const response = await fetch(this.red.url(path), {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'x-github-event': 'push',
        'x-github-delivery': randomUUID(),
        'x-hub-signature-256': `sha256=${digest}`,
      },
      body: text,
    });
    const answer = (await response.json()) as { event_id?: string };
    return { status: response.status, id: answer.event_id ?? '' };
  }

  async #middle(selector: string): Promise<{ x: number; y: number }> {
    const { x, y, width, height } = await this.#box(selector);
    return { x: x + width / 2, y: y + height / 2 };
  }

  async #box(selector: string): Promise<{ x: number; y: number; width: number; height: number }> {
    const box = await this.page.locator(selector).first().boundingBox();
    assert.ok(box !== null, selector);
    return box;
  }
}

const FOCUSED = `(({ tagName, id, className }) => tagName + (id ? '#' + id : '.' + className))(document.activeElement)`;

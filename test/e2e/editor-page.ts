import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core';

/** The form of a node, and that of a configuration node. */
const FORM = '#dialog-form, #node-config-dialog-edit-form';

/** Who logs in where the settings have an `adminAuth`. */
interface EditorUser {
  readonly username: string;
  readonly password: string;
}

/** Node-RED's editor in a real browser, as far as our tests use it. */
export class EditorPage {
  readonly page: Page;
  /** What the browser's console reported as an error, and exceptions of the page. */
  readonly errors: string[] = [];

  private constructor(page: Page) {
    this.page = page;
    page.setDefaultTimeout(30_000);
    page.on('pageerror', (error) => this.errors.push(error.stack ?? error.message));
    page.on('console', (message) => {
      const { url } = message.location();
      const text = message.text();
      // What a dialog throws while it opens is caught by Node-RED, and only logged.
      if (message.type() === 'error' || /^onedit\w+/.test(text))
        this.errors.push(`${text} (${url})`);
    });
  }

  static async open(browser: Browser, url: string): Promise<EditorPage> {
    await hideTips(url);
    const context = await browser.newContext({ viewport: { width: 1400, height: 900 } });
    return EditorPage.#openIn(context, url);
  }

  /** An editor that asks who is there. */
  static async openLogin(browser: Browser, url: string): Promise<EditorPage> {
    const context = await browser.newContext({ viewport: { width: 1400, height: 900 } });
    const editor = new EditorPage(await context.newPage());
    await editor.page.goto(url);
    await editor.page.waitForSelector('#node-dialog-login-username');
    return editor;
  }

  /** The editor of a Node-RED that does not have this package yet. */
  static async openPlain(browser: Browser, url: string): Promise<EditorPage> {
    await hideTips(url);
    const context = await browser.newContext({ viewport: { width: 1400, height: 900 } });
    return EditorPage.#openIn(context, url, 'inject');
  }

  /** A second page in the same browser session, which has Node-RED's files in its cache. */
  openAnother(): Promise<EditorPage> {
    return EditorPage.#openIn(this.page.context(), this.page.url());
  }

  static async #openIn(context: BrowserContext, url: string, types?: string): Promise<EditorPage> {
    const editor = new EditorPage(await context.newPage());
    await editor.page.goto(url);
    return editor.#isOpen(types);
  }

  async #isOpen(types = 'webhook-'): Promise<this> {
    await this.page.waitForFunction(
      `window.RED?.workspaces?.active?.() &&
       document.querySelector('.red-ui-palette-node[data-palette-type^="${types}"]')`,
    );
    return this;
  }

  async login({ username, password }: EditorUser): Promise<this> {
    await this.page.fill('#node-dialog-login-username', username);
    await this.page.fill('#node-dialog-login-password', password);
    // Without a token the editor asks for its settings in vain, and then who it is.
    const asked = this.errors.filter((text) => text.includes('401') && text.includes('/settings?'));
    for (const text of asked) this.errors.splice(this.errors.indexOf(text), 1);
    await this.page.press('#node-dialog-login-password', 'Enter');
    return this.#isOpen();
  }

  /** Drags a node of the palette onto the canvas; its id. */
  async drop(type: string): Promise<string> {
    const { page } = this;
    const before = await this.#nodeIds();
    await page.hover(`.red-ui-palette-node[data-palette-type="${type}"]`);
    await page.mouse.down();
    const canvas = await page.locator('#red-ui-workspace-chart').boundingBox();
    assert.ok(canvas !== null);
    const y = 120 + before.length * 60;
    await page.mouse.move(canvas.x + 300, canvas.y + y - 10, { steps: 5 });
    await page.mouse.move(canvas.x + 300, canvas.y + y, { steps: 5 });
    await page.mouse.up();
    await page.waitForFunction(
      `RED.nodes.filterNodes({}).length > ${JSON.stringify(before.length)}`,
    );
    const added = (await this.#nodeIds()).filter((id) => !before.includes(id));
    assert.equal(added.length, 1);
    return added[0]!;
  }

  /** Opens the edit dialog of a node by a double click on it. */
  async openDialog(id: string): Promise<void> {
    await this.page.dblclick(`[id="${id}"] .red-ui-flow-node`);
    await this.dialogIsOpen();
  }

  /** Opens the dialog of a configuration node, or that in which a new one of that type is made. */
  async openConfigDialog(type: string, id = '_ADD_'): Promise<void> {
    const [ofType, ofId] = [JSON.stringify(type), JSON.stringify(id)];
    await this.page.evaluate(`RED.editor.editConfig('', ${ofType}, ${ofId})`);
    await this.dialogIsOpen();
  }

  async dialogIsOpen(): Promise<void> {
    await this.page.waitForSelector(`:is(${FORM}) .form-row:visible`);
    // The tray slides in, and is measured for oneditresize when it has arrived.
    await this.page.waitForFunction(
      `document.getAnimations().length === 0 &&
       [...document.querySelectorAll('.red-ui-tray')].every((tray) => parseFloat(getComputedStyle(tray).right) >= 0)`,
    );
  }

  /** "Done" of the topmost dialog. */
  async done(): Promise<void> {
    const trays = await this.page.locator('.red-ui-tray').count();
    await this.page
      .locator('#node-dialog-ok:visible, #node-config-dialog-ok:visible')
      .last()
      .click();
    await this.page.waitForFunction(`document.querySelectorAll('.red-ui-tray').length < ${trays}`);
  }

  async cancel(): Promise<void> {
    const trays = await this.page.locator('.red-ui-tray').count();
    await this.page
      .locator('#node-dialog-cancel:visible, #node-config-dialog-cancel:visible')
      .last()
      .click();
    await this.page.waitForFunction(`document.querySelectorAll('.red-ui-tray').length < ${trays}`);
  }

  /** Texts of the open dialog that a user reads: labels, options, placeholders, titles. */
  dialogTexts(): Promise<string[]> {
    return this.page.evaluate(`[...document.querySelectorAll(':is(${FORM}) *:not(style)')]
      .flatMap((element) => [
        ...[...element.childNodes].filter((child) => child.nodeType === 3).map((child) => child.data),
        element.getAttribute('placeholder'), element.getAttribute('title'),
        ...(element.dataset.i18n && !element.dataset.i18n.startsWith('[') && element.textContent.trim() === ''
          ? ['empty: ' + element.dataset.i18n] : []),
      ])
      .filter((text) => text && text.trim() !== '')`);
  }

  /**
   * The fields of a node as they would be deployed. An empty input of a form is `''`, which means the
   * same as the null of a default; credentials travel apart.
   */
  async fields(id: string): Promise<Record<string, unknown>> {
    const fields = await this.page.evaluate<Record<string, unknown>>(
      `JSON.parse(JSON.stringify(RED.nodes.convertNode(RED.nodes.node(${JSON.stringify(id)}))))`,
    );
    return Object.fromEntries(
      Object.entries(fields)
        .filter(([name]) => name !== 'credentials')
        .map(([name, value]) => [name, value === '' ? null : value]),
    );
  }

  /** Not by a click on the tab: a notification may cover it. */
  async showFlow(label: string): Promise<void> {
    await this.page.evaluate(`RED.nodes.eachWorkspace((flow) => {
      if (flow.label === ${JSON.stringify(label)}) RED.workspaces.show(flow.id);
    })`);
  }

  /** Imports a flow as a user does: Ctrl-I, paste, "Import". */
  async import(json: string): Promise<void> {
    const { page } = this;
    await page.click('#red-ui-workspace-chart', { position: { x: 20, y: 20 } });
    await page.keyboard.press('Control+i');
    await page.fill('#red-ui-clipboard-dialog-import-text', json);
    // The dialog looks at the text when a key goes up.
    await page.press('#red-ui-clipboard-dialog-import-text', 'End');
    await page.click('#red-ui-clipboard-dialog-ok:not(.disabled):not(:disabled)');
    await page.waitForSelector('#red-ui-clipboard-dialog-import-text', { state: 'hidden' });
  }

  /** Presses "Deploy"; the status of the answer. */
  async deploy(): Promise<number> {
    const answer = this.page.waitForResponse(
      (response) => response.request().method() === 'POST' && response.url().endsWith('/flows'),
    );
    await this.page.click('#red-ui-header-button-deploy');
    return (await answer).status();
  }

  /** Nodes that the editor marks as wrongly configured, or does not know. */
  invalidNodes(): Promise<string[]> {
    return this.page.evaluate(`(() => {
      const invalid = [];
      const look = (node) => {
        if (!node._def || node.type === 'unknown' || node.valid === false)
          invalid.push(node.type + ' ' + node.id + ': ' + (node.validationErrors || []).join('; '));
      };
      RED.nodes.eachNode(look);
      RED.nodes.eachConfig(look);
      return invalid;
    })()`);
  }

  /** A picture into the folder that SCREENSHOTS names; none without it. */
  async screenshot(name: string): Promise<void> {
    const folder = process.env.SCREENSHOTS;
    if (folder === undefined) return;
    mkdirSync(folder, { recursive: true });
    await this.page.screenshot({ path: join(folder, `${name}.png`) });
  }

  #nodeIds(): Promise<string[]> {
    return this.page.evaluate(`RED.nodes.filterNodes({}).map((node) => node.id)`);
  }
}

/** Debian's Chromium, or the one that CHROMIUM names. */
export function launchBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu'],
  });
}

/** A timer of Node-RED's own tips throws where a slow browser has not built their panel by then. */
async function hideTips(url: string): Promise<void> {
  const response = await fetch(new URL('settings/user', url), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ editor: { view: { 'view-show-tips': false } } }),
  });
  assert.equal(response.status, 204);
}

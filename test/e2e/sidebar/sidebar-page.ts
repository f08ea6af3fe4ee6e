import { createHmac, randomUUID } from 'node:crypto';
import type { Browser, Locator, Page } from 'playwright-core';
import type { FlowNode, NodeRedProcess } from '../../support/node-red-process';
import { probe } from '../../support/node-red-process';
import { EditorPage } from '../editor-page';

const SECRET = 'a secret of the test';
const node = (id: string, type: string, x: number, y: number, rest: object): FlowNode => ({
  ...{ id, type, z: 'tab', x, y, ...rest },
});

/** An endpoint of GitHub, one that retries, one that fails, and one into a probe. */
export const FLOWS: readonly FlowNode[] = [
  { id: 'tab', type: 'tab', label: 'Webhooks' },
  node('github', 'webhook-in', 120, 60, {
    ...{ path: '/hooks/github', provider: 'github', wires: [['probe']] },
    credentials: { secret: SECRET },
  }),
  node('signed', 'webhook-in', 120, 300, {
    ...{ path: '/signed/:part', provider: 'github', wires: [[]] },
    credentials: { secret: SECRET },
  }),
  { ...probe('probe', 'tab'), name: 'remember', x: 400, y: 60 },
  node('orders', 'webhook-in', 120, 140, { path: '/orders/:shop', wires: [['retry']] }),
  node('retry', 'webhook-retry', 300, 140, {
    ...{ name: 'until it works', delaySeconds: 3600, maxDelaySeconds: 3600, quietMs: 10 },
    wires: [['erp'], []],
  }),
  node('erp', 'function', 480, 140, {
    ...{ name: 'to the ERP', wires: [[]] },
    func: 'if (msg.payload.fail) throw new Error("ERP: " + msg.payload.fail); return msg;',
  }),
  node('legacy', 'webhook-in', 120, 220, { path: '/hooks/legacy', wires: [['bad']] }),
  node('bad', 'function', 300, 220, {
    ...{ name: 'parse', func: 'throw new Error("unknown field " + msg.payload.sku);', wires: [[]] },
  }),
];

const COUNT_PIXELS = `(color) => {
  const canvas = document.querySelector('.aw-chart canvas');
  const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
  const wanted = [1, 3, 5].map((at) => parseInt(color.slice(at, at + 2), 16));
  let count = 0;
  for (let at = 0; at < data.length; at += 4)
    if (data[at + 3] === 255 && wanted.every((value, n) => data[at + n] === value)) count++;
  return count;
}`;

export interface Sent {
  readonly status: number;
  readonly id: string;
}

/** The sidebar as a user sees it, and the senders of webhooks. */
export class SidebarPage {
  readonly editor: EditorPage;
  readonly page: Page;
  readonly red: NodeRedProcess;
  readonly major: number;

  private constructor(editor: EditorPage, red: NodeRedProcess, major: number) {
    this.major = major;
    this.editor = editor;
    this.page = editor.page;
    this.red = red;
  }

  static async open(browser: Browser, red: NodeRedProcess, major: number): Promise<SidebarPage> {
    return SidebarPage.#showIn(await EditorPage.open(browser, red.url('/')), red, major);
  }

  /** A second editor in the same browser session. */
  async openAnother(): Promise<SidebarPage> {
    return SidebarPage.#showIn(await this.editor.openAnother(), this.red, this.major);
  }

  static async #showIn(
    editor: EditorPage,
    red: NodeRedProcess,
    major: number,
  ): Promise<SidebarPage> {
    const sidebar = new SidebarPage(editor, red, major);
    await sidebar.page.evaluate(`RED.sidebar.show('apilinker-webhooks')`);
    return sidebar;
  }

  get rows(): Locator {
    return this.page.locator('.aw-row');
  }

  get detail(): Locator {
    return this.page.locator('.aw-detail');
  }

  row(text: string): Locator {
    return this.rows.filter({ hasText: text });
  }

  async show(view: 'events' | 'endpoints' | 'jobs' | 'rejections'): Promise<void> {
    await this.page.click(`#apilinker-webhooks-tab-${view}`);
    await this.page.waitForSelector(`#apilinker-webhooks-${view}:visible`);
  }

  /** A line in the query bar, and its answer. */
  async query(line: string): Promise<void> {
    await this.page.fill('.aw-query', line);
    await this.page.press('.aw-query', 'Enter');
  }

  /** Opens an event by its id, which the list has. */
  async open(id: string): Promise<void> {
    await this.page.click(`[id="apilinker-webhooks-row-${id}"]`);
    await this.page.waitForSelector('.aw-detail .aw-event-actions');
  }

  async close(): Promise<void> {
    await this.page.click('.aw-close');
    await this.page.waitForSelector('.aw-detail', { state: 'hidden' });
  }

  button(name: string): Locator {
    return this.page.locator('.aw-root').getByRole('button', { name, exact: true });
  }

  /** How much of the chart is drawn in that colour, `#rrggbb`: pixels. */
  pixels(color: string): Promise<number> {
    return this.page.evaluate(`(${COUNT_PIXELS})('${color}')`);
  }

  async waitForPixels(color: string): Promise<void> {
    await this.page.waitForFunction(`(${COUNT_PIXELS})('${color}') > 0`);
  }

  async send(path: string, body: unknown, headers: Record<string, string> = {}): Promise<Sent> {
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    const response = await fetch(this.red.url(path), {
      ...{ method: 'POST', body: text },
      headers: { 'content-type': 'application/json', ...headers },
    });
    const answer = (await response.json()) as { event_id?: string };
    return { status: response.status, id: answer.event_id ?? '' };
  }

  /** A signed webhook of GitHub. */
  github(
    event: string,
    body: object,
    secret = SECRET,
    headers: Record<string, string> = {},
  ): Promise<Sent> {
    const text = JSON.stringify(body);
    const digest = createHmac('sha256', secret).update(text).digest('hex');
    return this.send('/hooks/github', text, {
      'x-github-event': event,
      'x-github-delivery': randomUUID(),
      'x-hub-signature-256': `sha256=${digest}`,
      ...headers,
    });
  }
}

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HOSTILE, HOSTILE_HEADERS, HOSTILE_JSON, MARK } from './hostile-values';
import type { SidebarPage } from './sidebar-page';

/** Elements that the sidebar and Node-RED's renderer are made of. */
const TAGS = [
  ...['A', 'ASIDE', 'BUTTON', 'CODE', 'DD', 'DIV', 'DL', 'DT', 'H3', 'I', 'INPUT', 'LABEL', 'LI'],
  ...[
    'OL',
    'OPTION',
    'P',
    'PRE',
    'PROGRESS',
    'SECTION',
    'SELECT',
    'SPAN',
    'STRONG',
    'TABLE',
    'TBODY',
  ],
  ...['TD', 'TEXTAREA', 'TH', 'TIME', 'TR', 'UL', 'CANVAS'],
];

/** What is wrong with the page: elements that are none of ours, attributes and styles from outside. */
const PROBLEMS = `(() => {
  const tags = new Set(${JSON.stringify(TAGS)});
  const problems = window.fired === undefined ? [] : ['fired: ' + window.fired];
  for (const element of document.querySelectorAll('.aw-root *')) {
    if (!tags.has(element.tagName)) problems.push('element ' + element.tagName);
    for (const { name, value } of element.attributes) {
      if (value.includes('${MARK}') || /^on/.test(name)) problems.push(element.tagName + ' ' + name + '=' + value);
      if (name === 'style' && !/^((height|transform|display|width|left|top): [\\w().%-]+(, -?\\w+\\))?;? ?)*$/.test(value))
        problems.push('style ' + value);
      if (['href', 'src', 'action', 'srcdoc'].includes(name) && value !== '#') problems.push(name + '=' + value);
    }
  }
  return problems;
})()`;

/** Everything that can come from outside is hostile; each view is opened, and nothing of it is more than text. */
export function testHostileData(on: () => SidebarPage): void {
  const check = async (where: string): Promise<void> => {
    assert.deepEqual(await on().page.evaluate(PROBLEMS), [], where);
  };

  test('hostile texts are text: in lists, refused requests, retries, endpoints', async () => {
    const { page } = on();
    const asked: string[] = [];
    page.on('request', (request) => {
      if (request.url().includes(MARK) && !request.url().includes('/apilinker-webhooks/')) {
        asked.push(request.url());
      }
    });
    await Promise.all(
      HOSTILE_HEADERS.flatMap((text) => [
        on().github(text, { [text]: text }, undefined, {
          'x-hostile': text,
          'x-github-delivery': text,
        }),
      ]),
    );
    await Promise.all(
      HOSTILE.map((text) => {
        const part = encodeURIComponent(text);
        return on().send(`/orders/${part}?${part}=${part}`, { fail: text });
      }),
    );
    await Promise.all(
      HOSTILE_HEADERS.map((text) =>
        on().send(`/signed/${encodeURIComponent(text)}`, {}, { 'x-hostile': text }),
      ),
    );
    await Promise.all(HOSTILE.map((text) => on().send('/hooks/legacy', { sku: text })));
    await on().query('');
    await page.waitForFunction(`document.querySelector('.aw-row')?.innerText.includes('${MARK}')`);
    for (let n = 0; n < 12; n++) {
      await check('the list');
      await page.focus('.aw-list');
      await page.keyboard.press('PageDown');
    }
    for (const view of ['endpoints', 'jobs', 'rejections', 'events'] as const) {
      await on().show(view);
      await page.waitForFunction(
        `!document.querySelector('#apilinker-webhooks-${view} .aw-notice-loading')`,
      );
      if (view === 'rejections') {
        // They are written lazily.
        await page.waitForFunction(`document.querySelectorAll('.aw-rejections li').length > 10`);
        for (const title of await page.locator('.aw-rejections .aw-section-title').all())
          await title.click();
      }
      await check(view);
    }
    assert.deepEqual(asked, []);
  });

  test('hostile events are text: payload, headers, parameters, errors, edits, copies', async () => {
    const { page } = on();
    const [part, name, value] = HOSTILE.map(encodeURIComponent);
    const header = { 'x-hostile': HOSTILE_HEADERS.join(' ') };
    const nested = Object.fromEntries(HOSTILE.map((text) => [text, { [text]: [text] }]));
    const senders = [
      () => on().send(`/orders/${part}?${name}=${value}`, { fail: HOSTILE }),
      () => on().send('/hooks/legacy', nested),
      () => on().send('/hooks/legacy', HOSTILE.join('\n'), { 'content-type': 'text/html' }),
      () => on().github(HOSTILE_HEADERS[0]!, { all: HOSTILE }, undefined, header),
      () => on().send('/hooks/legacy', `[${HOSTILE_JSON.join()}]`),
    ];
    await page.focus('.aw-list');
    await page.keyboard.press('Home');
    await page.evaluate(`RED.clipboard.copyText = () => true`);
    for (const send of senders) {
      const { id } = await send();
      await page.waitForSelector(`[id="apilinker-webhooks-row-${id}"]`);
      await on().open(id);
      await page.waitForFunction(`document.querySelector('.aw-section-body')?.innerText.includes('${MARK}') ||
        document.querySelector('.aw-tree')`);
      await page.evaluate(`(() => {
        for (const title of document.querySelectorAll('.aw-detail .aw-section-title[aria-expanded=false]')) title.click();
        for (let n = 0; n < 4; n++)
          for (const handle of document.querySelectorAll('.aw-tree .collapsed > .red-ui-debug-msg-expandable')) handle.click();
      })()`);
      assert.match(await page.innerText('.aw-detail'), new RegExp(MARK), 'it is shown, as text');
      await on().button('Copy as cURL').click();
      await on().button('Inject node').click();
      await on().button('Edit and replay').click();
      const headers = page.getByLabel('Headers, one a line');
      await headers.fill(`x-new: ${HOSTILE[0]}\n${HOSTILE[7]}`);
      await check(`event ${id}`);
      await on().close();
    }
    await page.evaluate('RED.view.redraw()');
    assert.equal(await page.evaluate('window.fired'), undefined);
    assert.equal(await page.evaluate('({}).polluted'), undefined);
  });
}

import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import type { Browser } from 'playwright-core';
import { NodeRedProcess } from '../support/node-red-process';
import { EditorPage, launchBrowser } from './editor-page';

suite('the choice of the sender', () => {
  let browser: Browser;
  let red: NodeRedProcess;
  let editor: EditorPage;
  let id: string;

  before(async () => {
    [browser, red] = await Promise.all([launchBrowser(), NodeRedProcess.start({ major: 5 })]);
    editor = await EditorPage.open(browser, red.url('/'));
    id = await editor.drop('webhook-in');
  });
  after(async () => {
    await browser.close();
    await red.dispose();
  });

  const page = () => editor.page;

  /** As a user does: types a part of the name, and Enter. */
  async function find(words: string): Promise<string> {
    await page().fill('#webhook-in-search', words);
    await page().press('#webhook-in-search', 'Enter');
    return page().inputValue('#node-input-provider');
  }

  const hint = () => page().innerText('#webhook-in-hint');
  const isShown = (selector: string) => page().isVisible(selector);

  test('is searched by name, and says what to paste', async () => {
    await editor.openDialog(id);
    assert.match(await hint(), /anybody who knows the URL can send/);
    assert.equal(await isShown('#node-input-secret'), false);
    assert.equal(await find('stri'), 'stripe');
    assert.match(await hint(), /including "whsec_"/);
    assert.equal(await isShown('#node-input-secret'), true);
    await page().fill('#webhook-in-search', '');
    assert.equal(await page().locator('#node-input-provider option').count(), 131);
    await editor.done();
    assert.equal((await editor.fields(id))['provider'], 'stripe');
  });

  test('warns where the signature does not cover the body, and of what is not signed', async () => {
    await editor.openDialog(id);
    assert.equal(await find('mailgun'), 'mailgun');
    assert.match(await hint(), /does not cover the body/);
    const marked = page().locator('#node-input-provider option:checked');
    assert.equal(await marked.innerText(), 'Mailgun (body not covered)');
    assert.equal(await find('docker hub'), 'docker-hub');
    assert.match(await hint(), /Nothing is verified/);
    assert.equal(await isShown('#node-input-secret'), false);
    await editor.cancel();
  });

  test('asks for what a sender needs beside the secret', async () => {
    await editor.openDialog(id);
    assert.equal(await find('pub/sub'), 'google-pubsub');
    assert.equal(await isShown('#node-input-secret'), false);
    await page().fill('#webhook-in-setting-audience', 'https://hooks.example.com/a');
    await page().fill('#webhook-in-setting-serviceAccount', 'push@example.com');
    await editor.done();
    assert.deepEqual((await editor.fields(id))['providerSettings'], {
      audience: 'https://hooks.example.com/a',
      serviceAccount: 'push@example.com',
    });
  });

  test('takes a scheme of its own, and names the field that is wrong', async () => {
    await editor.openDialog(id);
    await page().selectOption('#node-input-provider', 'custom');
    const scheme = { scheme: 'token', at: { header: 'X-Token' } };
    await page().fill('#webhook-in-scheme', '{');
    assert.match(await page().innerText('#webhook-in-scheme-problem'), /not JSON/);
    await page().fill('#webhook-in-scheme', JSON.stringify({ ...scheme, at: {} }));
    assert.match(await page().innerText('#webhook-in-scheme-problem'), /`at` must have one of/);
    await page().fill('#webhook-in-scheme', JSON.stringify(scheme));
    assert.equal(await page().innerText('#webhook-in-scheme-problem'), '');
    await editor.done();
    const fields = await editor.fields(id);
    assert.deepEqual([fields['provider'], fields['scheme']], ['custom', scheme]);
    assert.deepEqual(editor.errors, []);
  });
});

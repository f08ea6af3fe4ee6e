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

  const hint = async () =>
    `${await page().innerText('#webhook-in-hint')} ${await page().innerText('#webhook-in-caution')}`;
  const summary = () => page().innerText('#webhook-in-summary');
  const isShown = (selector: string) => page().isVisible(selector);

  test('is searched by name, and says what to paste', async () => {
    await editor.openDialog(id);
    assert.match(await hint(), /anybody who knows the URL can send/);
    assert.equal(await isShown('#node-input-secret'), false);
    assert.equal(await find('stri'), 'stripe');
    assert.match(await hint(), /including "whsec_"/);
    assert.equal(await isShown('#node-input-secret'), true);
    assert.equal(
      await summary(),
      'HMAC SHA-256 over the time and the raw body, header Stripe-Signature, at most 5 minutes old.',
    );
    await page().fill('#webhook-in-search', 'git');
    assert.match(await page().innerText('#webhook-in-found'), /^\d found: Enter chooses/);
    await page().fill('#webhook-in-search', 'nobody at all');
    assert.match(await page().innerText('#webhook-in-found'), /choose Other/);
    await page().fill('#webhook-in-search', '');
    await page().click('#webhook-in-advanced summary');
    await page().selectOption('#node-input-response', 'outcome');
    assert.equal(await page().locator('#node-input-provider option').count(), 131);
    await editor.done();
    const { provider, response } = await editor.fields(id);
    assert.deepEqual([provider, response], ['stripe', 'outcome']);
    await page().evaluate(`RED.nodes.node(${JSON.stringify(id)}).response = 'received'`);
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
    assert.equal(await find('gitlab token'), 'gitlab-token');
    assert.match(
      await summary(),
      /^A shared token that says nothing about the body, header X-Gitlab-T/,
    );
    await editor.cancel();
  });

  test('says below a field what to do, as long as its value can\u2019t be used', async () => {
    await editor.openDialog(id);
    const problem = (field: string) =>
      page().locator(`.form-row:has(#${field}) > .webhooks-field-problem:visible`);
    await page().click('#webhook-in-advanced summary');
    for (const [field, wrong, words, right] of [
      ['node-input-concurrency', '0', 'Enter a whole number from 1 to 1000.', '5'],
      ['node-input-rateLimit', '-1', /^Enter a number from 0.01 .* or leave it empty/, ''],
      ['webhook-in-allowedIps', 'here', /192\.0\.2\.0\/24/, '10.0.0.0/8'],
      ['node-input-publicUrl', 'hooks', /https:/, '${PUBLIC_URL}'],
    ] as const) {
      const input = page().locator(`#${field}`);
      assert.equal(await problem(field).count(), 0, field);
      await input.fill(wrong);
      const said = await problem(field).innerText();
      assert.match(said, typeof words === 'string' ? new RegExp(`^${words}$`) : words);
      const about = await input.getAttribute('aria-describedby');
      assert.equal(await page().innerText(`#${about}`), said);
      assert.equal(await input.getAttribute('aria-invalid'), 'true');
      await input.fill(right);
      assert.equal(await problem(field).count(), 0, field);
      assert.equal(await input.getAttribute('aria-invalid'), null);
    }
    await page().selectOption('#node-input-provider', 'generic');
    await page().selectOption('#node-input-signatureType', 'token');
    assert.match(await hint(), /does not cover the body[^]*Without a secret, every request is/);
    await page().fill('#node-input-secret', 'one');
    assert.doesNotMatch(await hint(), /Without a secret/);
    await editor.cancel();
  });

  test('says what is checked as the simple form is filled in', async () => {
    await editor.openDialog(id);
    await page().selectOption('#node-input-provider', 'generic');
    await page().selectOption('#node-input-signatureType', 'hmac_sha512');
    await page().fill('#node-input-signatureHeader', 'X-Mine');
    assert.equal(
      await summary(),
      'HMAC SHA-512 over the raw body, header X-Mine, no replay window: the sender sends no time.',
    );
    await editor.cancel();
  });

  test('makes up a secret of the form that the sender takes, and shows it once', async () => {
    await editor.openDialog(id);
    for (const [name, form] of [
      ['github', /^[\w-]{43}$/],
      ['standard webhooks (symm', /^whsec_[A-Za-z0-9+/]{43}=$/],
      ['adyen standard', /^[0-9a-f]{64}$/],
    ] as const) {
      await find(name);
      await page().click('#webhook-in-generate');
      const shown = await page().innerText('#webhook-in-generated code');
      assert.match(shown, form);
      assert.equal(await page().inputValue('#node-input-secret'), shown);
    }
    await editor.screenshot('webhook-in-generated');
    await page().fill('#node-input-secret', 'another');
    assert.equal(await isShown('#webhook-in-generated'), false);
    await find('discord interactions');
    assert.equal(await isShown('#webhook-in-generate'), false, 'a public key is the sender\u2019s');
    await editor.cancel();
  });

  test('warns of a path that is taken, or is Node-RED\u2019s own, as it is typed', async () => {
    await editor.openDialog(id);
    await page().fill('#node-input-path', '/hooks/:first');
    await editor.done();
    const other = await editor.drop('webhook-in');
    await editor.openDialog(other);
    const problem = () => page().innerText('#webhook-in-path-problem');
    await page().fill('#node-input-path', '/hooks/:second');
    assert.match(
      await problem(),
      /POST requests of this path belong to the webhook in node hooks_:first/,
    );
    await page().click('#webhook-in-advanced summary');
    await page().uncheck('[data-method="POST"]');
    await page().check('[data-method="PUT"]');
    assert.equal(await problem(), '');
    for (const [path, words] of [
      ['/flows', /Node-RED itself uses/],
      ['hooks', /must begin with a slash/],
      ['/hooks/fine', /^$/],
    ] as const) {
      await page().fill('#node-input-path', path);
      assert.match(await problem(), words);
    }
    await page().fill('#node-input-publicUrl', 'https://hooks.example.com');
    assert.equal(await page().innerText('#webhook-in-url'), 'https://hooks.example.com/hooks/fine');
    await editor.done();
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

  test('sends a test event to what is deployed, and shows what came of it', async () => {
    await editor.openDialog(id);
    await page().fill('#node-input-path', '/hooks/github');
    await find('github');
    await page().click('#webhook-in-generate');
    const secret = await page().innerText('#webhook-in-generated code');
    const tested = (kind: string) => page().innerText(`#webhook-in-tested[data-result="${kind}"]`);
    await page().click('#webhook-in-test');
    assert.match(await tested('failed'), /not deployed yet/);
    await editor.done();
    assert.equal(await editor.deploy(), 200);
    await editor.openDialog(id);
    await page().click('#webhook-in-test');
    assert.match(await tested('ok'), /^Answered 200, stored/);
    await page().click('#webhook-in-test-open');
    const shown = page().locator('.aw-detail .aw-summary');
    await shown.waitFor();
    const [eventId] = /[0-9a-f]{8}-[0-9a-f-]{27}/.exec(
      (await shown.innerText()).split(/\bId\b/).at(-1)!,
    )!;
    assert.equal(await isShown('#dialog-form'), true, 'beside the dialog');
    await page().click('#webhook-in-test-details summary');
    await editor.screenshot('webhook-in-tested');
    assert.match(await page().innerText('#webhook-in-test-request'), /^POST \/hooks\/github\n/);
    assert.ok((await page().innerText('#webhook-in-test-answer')).includes(eventId));
    assert.ok(!(await page().content()).includes(secret), 'the secret is on the server only');
    await editor.cancel();
    const stored = await fetch(red.url(`/apilinker-webhooks/events/${eventId}`));
    assert.equal(((await stored.json()) as { test: boolean }).test, true);
    assert.deepEqual(
      editor.errors.filter((text) => !text.includes('404')),
      [],
    );
  });
});

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { after, before, suite, test } from 'node:test';
import type { Browser } from 'playwright-core';
import { EXAMPLE_FILES } from '../support/examples';
import { NODE_RED_MAJORS, NodeRedProcess } from '../support/node-red-process';
import { EditorPage, launchBrowser } from './editor-page';

const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as {
  'node-red': { nodes: Record<string, string> };
};
const TYPES = Object.keys(manifest['node-red'].nodes);
const CONFIG_TYPES = TYPES.filter((type) =>
  readFileSync(`nodes/${type}/${type}.editor.ts`, 'utf8').includes(`category: 'config'`),
);
const FLOW_TYPES = TYPES.filter((type) => !CONFIG_TYPES.includes(type));
/** What has no default that works. */
const TO_BE_FILLED_IN: Readonly<Record<string, string[]>> = {
  'apilinker-connection': ['node-config-input-baseUrl'],
};
/** A text that was not translated shows its key: `webhook-in.label.path`. */
const RAW_KEY = new RegExp(`(${TYPES.join('|')})\\.[a-z]\\w*|node-red:|^empty: `);

for (const major of NODE_RED_MAJORS) {
  suite(`the editor of Node-RED ${major}`, () => {
    let browser: Browser;
    let red: NodeRedProcess;
    let editor: EditorPage;
    let examples: EditorPage | undefined;

    before(async () => {
      [browser, red] = await Promise.all([launchBrowser(), NodeRedProcess.start({ major })]);
      editor = await EditorPage.open(browser, red.url('/'));
    });
    after(async () => {
      await browser.close();
      await red.dispose();
    });

    for (const type of FLOW_TYPES) {
      test(`${type}: dropped, its dialog opens, and "Done" changes nothing`, async () => {
        const id = await editor.drop(type);
        const dropped = await editor.fields(id);
        await editor.openDialog(id);
        await checkDialog(editor, `${major}-${type}`);
        await editor.done();
        assert.deepEqual(await editor.fields(id), dropped);
        assertNoErrors(editor);
      });
    }

    for (const type of CONFIG_TYPES) {
      test(`${type}: its dialog opens and saves`, async () => {
        await editor.openConfigDialog(type);
        await checkDialog(editor, `${major}-${type}`);
        const invalid = await editor.page
          .locator('#node-config-dialog-edit-form .input-error')
          .evaluateAll((inputs) => inputs.map(({ id }) => id));
        assert.deepEqual(invalid, TO_BE_FILLED_IN[type] ?? []);
        await editor.cancel();
        assertNoErrors(editor);
      });
    }

    for (const file of EXAMPLE_FILES) {
      test(`${basename(file)} imports through the Import dialog, is valid, and deploys`, async () => {
        // Without the nodes that were dropped above, which are not complete.
        const page = (examples ??= await editor.openAnother());
        const json = readFileSync(file, 'utf8');
        const example = JSON.parse(json) as { type: string; label?: string }[];
        await page.import(json);
        await page.showFlow(example[0]?.label ?? '');
        await page.screenshot(`${major}-example-${basename(file, '.json')}`);
        assert.deepEqual(await page.invalidNodes(), []);
        assert.equal(await page.deploy(), 200);
        const deployed = (await (await fetch(red.url('/flows'))).json()) as { type: string }[];
        for (const { type } of example)
          assert.ok(
            deployed.some((node) => node.type === type),
            `${type} was deployed`,
          );
        assertNoErrors(page);
      });
    }
  });
}

async function checkDialog(editor: EditorPage, name: string): Promise<void> {
  await editor.screenshot(name);
  const texts = await editor.dialogTexts();
  assert.ok(texts.length > 3, 'the form has texts');
  assert.deepEqual(
    texts.filter((text) => RAW_KEY.test(text)),
    [],
  );
}

function assertNoErrors(editor: EditorPage): void {
  assert.deepEqual(editor.errors.splice(0), []);
}

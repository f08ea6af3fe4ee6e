import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, suite } from 'node:test';
import type { Browser } from 'playwright-core';
import { NODE_RED_MAJORS, NodeRedProcess } from '../support/node-red-process';
import { launchBrowser } from './editor-page';
import { testByKeyboard } from './palette/by-keyboard';
import { testByMouse } from './palette/by-mouse';
import { PalettePage } from './palette/palette-page';
import { steps } from './palette/steps';

suite('from the tarball to a replayed webhook', () => {
  const folder = mkdtempSync(join(tmpdir(), 'palette-test-'));
  let browser: Browser;
  let tarball = '';

  before(async () => {
    const packed = execFileSync(process.execPath, ['scripts/verify-package.mjs', '--out', folder], {
      encoding: 'utf8',
    });
    tarball = packed.split(' ')[0] ?? '';
    browser = await launchBrowser();
  });
  after(async () => {
    await browser.close();
    rmSync(folder, { recursive: true, force: true });
  });

  for (const major of NODE_RED_MAJORS) {
    suite(`Node-RED ${major}`, () => {
      let red: NodeRedProcess;
      let user: PalettePage;

      before(async () => {
        red = await NodeRedProcess.start({ major, withPackage: false });
        user = await PalettePage.open(browser, red);
      });
      after(async () => {
        await user.page.context().close();
        await red.dispose();
      });
      afterEach(() => assert.deepEqual(user.editor.errors.splice(0), []));

      const step = steps();
      testByMouse(
        step,
        () => user,
        () => tarball,
      );
      testByKeyboard(step, () => user);
    });
  }
});

import assert from 'node:assert/strict';
import { after, afterEach, before, suite } from 'node:test';
import type { Browser } from 'playwright-core';
import { NodeRedProcess, type NodeRedMajor } from '../../support/node-red-process';
import { launchBrowser } from '../editor-page';
import { testActions } from './actions';
import { testHostileData } from './hostile';
import { testLanguage } from './language';
import { FLOWS, SidebarPage } from './sidebar-page';
import { testViews } from './views';

/** The sidebar in one browser and one Node-RED: each test goes on where the one before ended. */
export function testSidebar(major: NodeRedMajor): void {
  suite(`the sidebar in Node-RED ${major}`, () => {
    let browser: Browser;
    let red: NodeRedProcess;
    let sidebar: SidebarPage;

    before(async () => {
      [browser, red] = await Promise.all([launchBrowser(), NodeRedProcess.start({ major })]);
      await red.deploy(FLOWS);
      sidebar = await SidebarPage.open(browser, red, major);
    });
    after(async () => {
      await browser.close();
      await red.dispose();
    });
    afterEach(() => assert.deepEqual(sidebar.editor.errors.splice(0), []));

    testViews(() => sidebar);
    testActions(() => sidebar);
    testHostileData(() => sidebar);
    // The same code in both; another editor has to be loaded for it.
    if (major === 5) testLanguage(() => sidebar);
  });
}

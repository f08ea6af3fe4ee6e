import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SidebarPage } from './sidebar-page';

const CATALOGUE = '@apilinker/node-red-webhooks/webhooks-sidebar';

/** An editor in another language, for which Node-RED has a locale file of ours. */
export function testLanguage(on: () => SidebarPage): void {
  test('what the runtime has stored and answered is said in the language of the editor', async () => {
    const context = on().page.context();
    const marked = (said: Record<string, string>) =>
      Object.fromEntries(Object.entries(said).map(([key, text]) => [key, `«${text}»`]));
    await context.route(/\/messages\?lng=de/, async (route) => {
      const answer = await route.fetch({ url: route.request().url().replace('=de', '=en-US') });
      const all = (await answer.json()) as Record<string, { said: Record<string, string> }>;
      const ours = all[CATALOGUE];
      if (ours !== undefined) ours.said = marked(ours.said);
      await route.fulfill({ json: all });
    });
    await context.addInitScript(`localStorage.setItem('editor-language', 'de')`);
    const german = await on().openAnother();
    await german.show('rejections');
    await german.page.waitForSelector('.aw-rejections .aw-advice:has-text("«")');
    assert.match(
      await german.page
        .locator('.aw-advice', { hasText: 'Compare the secret' })
        .first()
        .innerText(),
      /^«The signature does not match\. .*»$/s,
    );
    assert.deepEqual(german.editor.errors.splice(0), []);
    await german.page.close();
  });
}

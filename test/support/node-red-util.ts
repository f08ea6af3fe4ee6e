import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import type { NodeAPI } from 'node-red';
import type { NodeRedMajor } from './node-red-process';

/** What Node-RED looks texts up with: `RED._` of its nodes. */
interface Translations {
  init(settings: { lang: string }): Promise<void>;
  registerMessageCatalog(namespace: string, folder: string, file: string): Promise<void>;
  _(key: string, options?: object): unknown;
}

/** The `RED.util` of a Node-RED, without starting it. */
export function nodeRedUtil(major: NodeRedMajor): NodeAPI['util'] {
  return utilOf(major).util;
}

export function nodeRedTranslations(major: NodeRedMajor): Translations {
  return utilOf(major).i18n;
}

function utilOf(major: NodeRedMajor): { util: NodeAPI['util']; i18n: Translations } {
  const folder = major === 4 ? 'node_modules/node-red-4' : 'node_modules/node-red';
  const load = createRequire(resolve(folder, 'package.json'));
  return load('@node-red/util') as { util: NodeAPI['util']; i18n: Translations };
}

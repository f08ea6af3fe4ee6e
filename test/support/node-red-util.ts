import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import type { NodeAPI } from 'node-red';
import type { NodeRedMajor } from './node-red-process';

/** The `RED.util` of a Node-RED, without starting it. */
export function nodeRedUtil(major: NodeRedMajor): NodeAPI['util'] {
  const folder = major === 4 ? 'node_modules/node-red-4' : 'node_modules/node-red';
  const load = createRequire(resolve(folder, 'package.json'));
  return (load('@node-red/util') as { util: NodeAPI['util'] }).util;
}

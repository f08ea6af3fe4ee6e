import { globSync } from 'node:fs';
import { basename } from 'node:path';

const NEEDED = ['10-function.js', '20-inject.js', '25-catch.js', '25-status.js'];

/** Settings of a Node-RED that is started dozens of times: without the core nodes that no test here has. */
export const LEAN = {
  nodesExcludes: globSync('node_modules/@node-red/nodes/core/**/*.js')
    .map((file) => basename(file))
    .filter((name) => !NEEDED.includes(name)),
};

import { basename } from 'node:path';

/** Whether that main module is Node-RED's own: it is not embedded in somebody's app. */
export function isNodeReds(main: NodeJS.Module | undefined): boolean {
  return main !== undefined && basename(main.filename) === 'red.js';
}

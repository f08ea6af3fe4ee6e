import type { Node } from 'node-red';
import type { Logger } from '../../../../src/shared/logger';

/** Logs under the name of a node. */
export function nodeLogger(node: Node): Logger {
  return {
    debug: (message) => node.debug(message),
    info: (message) => node.log(message),
    warn: (message) => node.warn(message),
    error: (message) => node.error(message),
  };
}

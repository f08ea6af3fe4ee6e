import assert from 'node:assert/strict';
import test from 'node:test';
import type { NodeAPI } from 'node-red';
import { openFastLane } from '../../nodes/shared/runtime/http/fast-lane';

/** Node-RED's two apps next to each other, as red.js mounts them. */
function nodeRed(settings: Record<string, unknown>): NodeAPI {
  const stack: { name: string; handle: unknown }[] = [
    { name: 'query', handle: null },
    { name: 'expressInit', handle: null },
    { name: 'mounted_app', handle: null },
    { name: 'mounted_app', handle: null },
  ];
  const use = (handle: unknown): void => void stack.push({ name: 'handler', handle });
  return { settings, httpNode: { parent: { _router: { stack }, use } } } as unknown as NodeAPI;
}

const opens = (settings: Record<string, unknown>): boolean =>
  openFastLane(nodeRed(settings), () => undefined);

test('is opened only where nothing of the user would be bypassed', (t) => {
  const { filename } = require.main!;
  require.main!.filename = '/somewhere/red.js';
  t.after(() => (require.main!.filename = filename));
  assert.equal(opens({}), true);
  for (const name of ['httpNodeAuth', 'httpNodeMiddleware', 'httpNodeCors', 'requireHttps']) {
    assert.equal(opens({ [name]: true }), false, name);
  }
});

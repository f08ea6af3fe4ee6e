import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import { line, placed, startRecording, webhookIn } from '../support/deploy-flows';
import { accountWhenDelivered } from '../support/flow-record';
import {
  NODE_RED_MAJORS,
  tab,
  type FlowNode,
  type NodeRedProcess,
} from '../support/node-red-process';
import { sendSigned, SteadyLoad } from '../support/steady-load';

/** An orderly stop of the process (SIGTERM): nothing of it counts as a crash. */
for (const major of NODE_RED_MAJORS) {
  describe(`SIGTERM, Node-RED ${major}`, () => {
    async function start(t: TestContext, flow: readonly FlowNode[]): Promise<NodeRedProcess> {
      const nodeRed = await startRecording({ major }, flow);
      t.after(() => nodeRed.dispose());
      return nodeRed;
    }

    test('under load: what was acknowledged is delivered after the next start', async (t) => {
      const nodeRed = await start(t, line('a', '/a'));
      const load = SteadyLoad.start(nodeRed, { paths: ['/a'], clients: 5, restMs: 10 });
      await load.answers(50);
      await nodeRed.stop();
      const sent = [...(await load.stop())];
      const from = nodeRed.log.length;
      await nodeRed.start();
      const { statuses, ...result } = await accountWhenDelivered(nodeRed, sent);
      console.table({ [`SIGTERM, Node-RED ${major}`]: result });
      assert.deepEqual([result.lost, result.unmarked, result.hung], [0, 0, 0]);
      const others = Object.keys(statuses).filter(
        (status) => !['200', '503', 'cut'].includes(status),
      );
      assert.deepEqual(others, []);
      const takenUp = nodeRed.log.slice(from).filter((text) => text.includes('Taking up'));
      assert.deepEqual(takenUp, [], 'nothing was left in the hands of the process that ended');
    });

    test('requests that come while the nodes close are 503 with Retry-After', async (t) => {
      const slow = { id: 'slow', type: 'slow-close', z: 'tab-a', wires: [] };
      const nodeRed = await start(t, [...line('a', '/a'), ...placed([slow])]);
      const from = nodeRed.log.length;
      const stopped = nodeRed.stop();
      await nodeRed.waitForLog(/Stopping flows/, from);
      const refused = await sendSigned(nodeRed.url('/a'), 1, '/a');
      assert.equal(refused.status, 503);
      assert.ok(Number(refused.retryAfter) > 0);
      writeFileSync(join(nodeRed.userDir, 'go-on'), '');
      await stopped;
    });

    test('a flow that has ended, in its quiet period, counts as ended', async (t) => {
      const nodeRed = await start(t, quietFlow());
      const { eventId } = await sendSigned(nodeRed.url('/quiet'), 1, '/quiet');
      const written = (): string[] => lines(join(nodeRed.userDir, 'written'));
      await nodeRed.waitFor(() => (written().length === 1 ? true : undefined), 'the file');
      await nodeRed.stop();
      await nodeRed.start();
      const response = await fetch(nodeRed.url('/apilinker-webhooks/events'));
      const { events } = (await response.json()) as { events: Record<string, unknown>[] };
      assert.deepEqual(
        events.map(({ id, status, attempt }) => ({ id, status, attempt })),
        [{ id: eventId, status: 'success', attempt: 1 }],
      );
      assert.equal(written().length, 1);
    });
  });
}

/** Ends at once in a node that sends nothing later, and is then quiet for a minute. */
function quietFlow(): FlowNode[] {
  const file = { id: 'file', type: 'file', z: 't', filename: 'written', filenameType: 'str' };
  const rest = { appendNewline: true, createDir: false, overwriteFile: 'false', encoding: 'none' };
  return [
    tab('t'),
    ...placed([
      { ...webhookIn('in', 't', '/quiet', 'file'), quietMs: 60_000 },
      { ...file, ...rest, wires: [[]] },
    ]),
  ];
}

function lines(file: string): string[] {
  if (!existsSync(file)) return [];
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((text) => text !== '');
}

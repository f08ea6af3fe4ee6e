import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { delay, placed, startRecording, webhookIn } from '../support/deploy-flows';
import { recorder, seen } from '../support/flow-record';
import {
  NODE_RED_MAJORS,
  tab,
  type FlowNode,
  type NodeRedProcess,
} from '../support/node-red-process';
import { LOAD_SECRET } from '../support/steady-load';

/** What happens between `flows:stopping` and `flows:started`: a node holds that moment open. */

const NEW_SECRET = 'the secret after the deploy';

interface Stored {
  readonly id: string;
  readonly status: string;
  readonly attempt: number;
  readonly redelivered: boolean;
}

function endpoint(name: string, z: string, next: string, secret = LOAD_SECRET): FlowNode {
  return { ...webhookIn(`in-${name}`, z, `/${name}`, next), credentials: { secret } };
}

async function post(nodeRed: NodeRedProcess, path: string, secret: string): Promise<Response> {
  const body = JSON.stringify({ n: 1 });
  const signature = createHmac('sha256', secret).update(body).digest('hex');
  const headers = {
    'content-type': 'application/json',
    'x-hub-signature-256': `sha256=${signature}`,
  };
  return fetch(nodeRed.url(path), { method: 'POST', headers, body });
}

async function received(response: Response): Promise<string> {
  assert.equal(response.status, 200);
  return ((await response.json()) as { event_id: string }).event_id;
}

async function stored(nodeRed: NodeRedProcess, id: string): Promise<Stored> {
  const response = await fetch(nodeRed.url(`/apilinker-webhooks/events/${id}`));
  return (await response.json()) as Stored;
}

for (const major of NODE_RED_MAJORS) {
  describe(`while the flows restart, Node-RED ${major}`, () => {
    test('the last configuration verifies, the event waits; the new one holds from the start on', async (t) => {
      const slow = { id: 'slow', type: 'slow-close', z: 't', wires: [] };
      const kept = placed([recorder('seen', 't', 'last', [])]);
      const nodeRed = await startRecording({ major }, [
        tab('t'),
        ...placed([endpoint('kept', 't', 'seen'), endpoint('gone', 't', 'seen'), slow]),
        ...kept,
      ]);
      t.after(() => nodeRed.dispose());
      const from = nodeRed.log.length;
      const deployed = nodeRed.deploy([
        tab('t'),
        ...placed([endpoint('kept', 't', 'seen', NEW_SECRET)]),
        ...kept,
      ]);
      await nodeRed.waitForLog(/Stopping flows/, from);

      assert.equal((await post(nodeRed, '/kept', NEW_SECRET)).status, 401);
      assert.equal((await post(nodeRed, '/kept', 'any other')).status, 401);
      const waiting = await received(await post(nodeRed, '/kept', LOAD_SECRET));
      const orphan = await received(await post(nodeRed, '/gone', LOAD_SECRET));
      assert.equal((await stored(nodeRed, waiting)).status, 'pending');
      assert.deepEqual(seen(nodeRed), []);

      writeFileSync(join(nodeRed.userDir, 'go-on'), '');
      await deployed;
      assert.equal((await post(nodeRed, '/gone', LOAD_SECRET)).status, 404);
      assert.equal((await post(nodeRed, '/kept', LOAD_SECRET)).status, 401);
      const later = await received(await post(nodeRed, '/kept', NEW_SECRET));
      await nodeRed.waitFor(
        () => (seen(nodeRed).length === 2 ? true : undefined),
        'both events in the flow',
      );
      assert.deepEqual(
        seen(nodeRed).map(({ id, attempt, redelivered }) => [id, attempt, redelivered]),
        [
          [waiting, 1, false],
          [later, 1, false],
        ],
      );
      assert.equal((await stored(nodeRed, orphan)).status, 'pending');
    });

    test('a deploy of modified nodes leaves alone what runs elsewhere', async (t) => {
      const flow = (count: number): FlowNode[] => [
        tab('t'),
        tab('other'),
        ...placed([
          endpoint('runs', 't', 'hold'),
          delay('hold', 't', 1000, ['seen']),
          recorder('seen', 't', 'last', []),
          { ...endpoint('edited', 'other', 'shown'), concurrency: count },
          recorder('shown', 'other', 'last', []),
        ]),
      ];
      const nodeRed = await startRecording({ major }, flow(1));
      t.after(() => nodeRed.dispose());
      const running = await received(await post(nodeRed, '/runs', LOAD_SECRET));
      for (const count of [2, 3]) await nodeRed.deploy(flow(count), 'nodes');
      assert.deepEqual(seen(nodeRed), [], 'the deploys came while it ran');
      const event = await nodeRed.waitFor(async () => {
        const now = await stored(nodeRed, running);
        return now.status === 'success' ? now : undefined;
      }, 'the end of the attempt');
      assert.deepEqual([event.attempt, event.redelivered], [1, false]);
      assert.equal(seen(nodeRed).length, 1);
    });
  });
}

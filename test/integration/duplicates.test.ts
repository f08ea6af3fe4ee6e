import assert from 'node:assert/strict';
import { createHmac, randomUUID } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { NODE_RED_MAJORS, NodeRedProcess, probe, tab } from '../support/node-red-process';

const SECRET = 'a secret for repeats';

/** Works on `{slow: ms}` for so long, and fails on `{fail: true}` at the first delivery. */
const WORK = `
if (msg.payload.fail && !msg.webhook.redelivered) return node.done(new Error('down'));
setTimeout(() => { node.send(msg); node.done(); }, msg.payload.slow || 0);`;

const FLOW = [
  tab('t'),
  {
    id: 'in',
    type: 'webhook-in',
    z: 't',
    path: '/hooks/github',
    provider: 'github',
    credentials: { secret: SECRET },
    wires: [['probe']],
  },
  { ...probe('probe', 't'), wires: [['work']] },
  { id: 'work', type: 'function', z: 't', func: WORK, outputs: 1, wires: [[]] },
];

interface Acknowledged {
  readonly status: string;
  readonly event_id: string;
}

for (const major of NODE_RED_MAJORS) {
  describe(`the sender's repeats, Node-RED ${major}`, () => {
    let nodeRed: NodeRedProcess;
    before(async () => {
      nodeRed = await NodeRedProcess.start({ major });
      await nodeRed.deploy(FLOW);
    });
    after(() => nodeRed.dispose());

    async function send(delivery: string, payload: object): Promise<Acknowledged> {
      const body = JSON.stringify(payload);
      const signature = createHmac('sha256', SECRET).update(body).digest('hex');
      const response = await fetch(nodeRed.url('/hooks/github'), {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          'x-github-delivery': delivery,
          'x-hub-signature-256': `sha256=${signature}`,
        },
        body,
        signal: AbortSignal.timeout(10_000),
      });
      assert.equal(response.status, 200);
      return (await response.json()) as Acknowledged;
    }

    async function get(path: string): Promise<any> {
      const response = await fetch(nodeRed.url(`/apilinker-webhooks${path}`));
      assert.equal(response.status, 200);
      return response.json();
    }

    const waitForStatus = (id: string, status: string): Promise<any> =>
      nodeRed.waitFor(async () => {
        const event = await get(`/events/${id}`);
        return event.status === status ? event : undefined;
      }, `event ${id} to be ${status}`);

    const attemptsSeen = (id: string): number[] =>
      nodeRed
        .received()
        .filter(({ webhook }) => webhook.id === id)
        .map(({ webhook }) => webhook.attempt);

    test('many at the same moment: one is delivered, all are told its id', async () => {
      const delivery = randomUUID();
      const all = await Promise.all(Array.from({ length: 40 }, () => send(delivery, { n: 1 })));
      const received = all.filter(({ status }) => status === 'received');
      assert.equal(received.length, 1);
      const id = received[0]!.event_id;
      assert.deepEqual([...new Set(all.map(({ event_id }) => event_id))], [id]);
      const { repeats, repeatedAt } = await waitForStatus(id, 'success');
      assert.equal(repeats, 39);
      assert.ok(Date.parse(repeatedAt) > Date.now() - 60_000);
      const { events } = await get('/events?repeats=39');
      assert.deepEqual(
        events.map((event: { id: string }) => event.id),
        [id],
      );
      assert.deepEqual((await get('/events?repeats=40')).events, []);
      assert.deepEqual(attemptsSeen(id), [1]);
    });

    test('while the first is in the flow: acknowledged, not delivered again', async () => {
      const delivery = randomUUID();
      const { event_id: id } = await send(delivery, { slow: 1000 });
      assert.deepEqual(await send(delivery, { slow: 1000 }), { status: 'duplicate', event_id: id });
      assert.equal((await get(`/events/${id}`)).status, 'processing');
      await waitForStatus(id, 'success');
      assert.deepEqual(await send(delivery, { slow: 1000 }), { status: 'duplicate', event_id: id });
      assert.deepEqual(attemptsSeen(id), [1]);
    });

    test('of an event that failed: that event is delivered again', async () => {
      const delivery = randomUUID();
      const { event_id: id } = await send(delivery, { fail: true });
      await waitForStatus(id, 'failed');
      const repeats = await Promise.all(
        Array.from({ length: 5 }, () => send(delivery, { fail: true })),
      );
      for (const repeat of repeats) assert.deepEqual(repeat, { status: 'duplicate', event_id: id });
      const event = await waitForStatus(id, 'success');
      assert.deepEqual([event.attempt, event.redelivered], [2, true]);
      assert.deepEqual(attemptsSeen(id), [1, 2]);
    });

    test('the same id with another body is no repeat: delivered, and marked', async () => {
      const delivery = randomUUID();
      const first = await send(delivery, { n: 1 });
      const second = await send(delivery, { n: 2 });
      assert.equal(second.status, 'received');
      assert.notEqual(second.event_id, first.event_id);
      assert.equal((await waitForStatus(first.event_id, 'success')).conflict, false);
      assert.equal((await waitForStatus(second.event_id, 'success')).conflict, true);
    });

    test('a replay is delivered whatever its id', async () => {
      const { event_id: id } = await send(randomUUID(), { n: 1 });
      await waitForStatus(id, 'success');
      const replay = await fetch(nodeRed.url(`/apilinker-webhooks/events/${id}/replay`), {
        method: 'POST',
      });
      const { eventId } = (await replay.json()) as { eventId: string };
      assert.equal((await waitForStatus(eventId, 'success')).replayOf, id);
      assert.deepEqual(attemptsSeen(eventId), [1]);
    });
  });
}

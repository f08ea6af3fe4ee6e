import assert from 'node:assert/strict';
import test from 'node:test';
import { NODE_RED_MAJORS, NodeRedProcess, probe, tab } from '../support/node-red-process';
import type { FlowNode } from '../support/node-red-process';
import { assertDocumented } from '../support/openapi';

/** A node that fails: it throws for each message. */
const failing: FlowNode = {
  ...{ id: 'fail', type: 'function', z: 'tab', x: 400, y: 200, wires: [[]] },
  func: 'throw new Error("out of order");',
};
const endpoint = (id: string, path: string, next: string): FlowNode => ({
  ...{ id, type: 'webhook-in', z: 'tab', x: 100, y: 100, path, wires: [[next]] },
});
const retry = (id: string): FlowNode => ({
  ...{ id, type: 'webhook-retry', z: 'tab', x: 300, y: 200, delaySeconds: 3600 },
  ...{ maxDelaySeconds: 3600, quietMs: 10, wires: [['fail'], []] },
});
const FLOW = [tab('tab'), endpoint('a', '/a', 'probe'), probe('probe', 'tab'), failing];

for (const major of NODE_RED_MAJORS) {
  test(`Node-RED ${major}: events are found, replayed, ended and removed by the API`, async (t) => {
    const nodeRed = await NodeRedProcess.start({
      major,
      flows: [...FLOW, endpoint('b', '/b', 'retry'), retry('retry')],
    });
    t.after(() => nodeRed.dispose());

    const call = async (method: string, path: string, body?: object, headers = {}) => {
      const response = await fetch(nodeRed.url(`/apilinker-webhooks${path}`), {
        method,
        headers: { 'content-type': 'application/json', ...headers },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        signal: AbortSignal.timeout(20_000),
      });
      const answer = await response.json();
      assertDocumented(method, path, response.status, answer);
      return { status: response.status, answer };
    };
    const done = async (method: string, path: string, body?: object): Promise<any> => {
      const { status, answer } = await call(method, path, body);
      assert.equal(status, 200, JSON.stringify(answer));
      return answer;
    };
    const send = async (path: string, body: object): Promise<string> => {
      const response = await fetch(nodeRed.url(path), {
        ...{ method: 'POST', headers: { 'content-type': 'application/json' } },
        body: JSON.stringify(body),
      });
      return ((await response.json()) as { event_id: string }).event_id;
    };
    const statusOf = async (id: string): Promise<string> =>
      (await done('GET', `/events/${id}`)).status;
    const waitFor = (id: string, status: string) =>
      nodeRed.waitFor(
        async () => ((await statusOf(id)) === status ? true : undefined),
        `event ${id} to be ${status}`,
      );

    await t.test('found by what they are', async () => {
      const [one, two] = [await send('/a', { order: 'A-1' }), await send('/a', { order: 'B-2' })];
      await waitFor(one, 'success');
      await waitFor(two, 'success');
      const found = async (query: string) =>
        (await done('GET', query)).events.map(({ id }: { id: string }) => id);
      assert.deepEqual(await found('/events?endpoint=/a&status=success,failed'), [two, one]);
      assert.deepEqual(await found('/events/search?text=a-1&from=1h&_=17'), [one]);
      assert.deepEqual(await found('/events?to=1h'), []);
      const { answer } = await call('GET', '/events?text=a-1');
      assert.match(answer.message, /\/events\/search/);
      assert.equal((await call('GET', '/events?stauts=failed')).status, 400);
      const { next } = await done('GET', '/events?limit=1');
      assert.deepEqual(await found(`/events?limit=1&before=${next}`), [one]);
    });

    await t.test('replayed with another body and other headers', async () => {
      const id = await send('/a', { n: 1 });
      const before = (await nodeRed.waitForReceived(3)).length;
      const edit = { body: '{"n":2}', headers: { 'X-Edited': 'by hand' } };
      const { eventId } = await done('POST', `/events/${id}/replay`, edit);
      const msg = (await nodeRed.waitForReceived(before + 1)).at(-1);
      assert.deepEqual(msg.payload, { n: 2 });
      assert.equal(msg.req.headers['x-edited'], 'by hand');
      const { replayOf, edited, verification } = msg.webhook;
      assert.deepEqual([msg.webhook.id, replayOf, edited, verification], [eventId, id, true, null]);
      assert.deepEqual(
        (await done('GET', `/events?replayOf=${id}`)).events.map((each: any) => each.id),
        [eventId],
      );
      const bad = await call('POST', `/events/${id}/replay`, { headers: { a: 'b\nc' } });
      assert.equal(bad.status, 400);
      const origin = { 'sec-fetch-site': 'cross-site' };
      assert.equal((await call('POST', `/events/${id}/replay`, {}, origin)).status, 403);
      await waitFor(eventId, 'success');
    });

    await t.test('all that match, at a rate; then removed', async () => {
      const query = { endpoint: '/a', status: 'success' };
      const { count } = await done('POST', '/events/count', { query });
      assert.equal(count, 4);
      const started = await done('POST', '/replays', { query, perSecond: 100 });
      const ended = await nodeRed.waitFor(async () => {
        const run = await done('GET', `/replays/${started.id}`);
        return run.state === 'running' ? undefined : run;
      }, 'the replay to end');
      assert.deepEqual([ended.state, ended.total, ended.replayed], ['done', 4, 4]);
      const orders = (await nodeRed.waitForReceived(8)).slice(4).map(({ payload }) => payload);
      assert.deepEqual(orders, [{ order: 'A-1' }, { order: 'B-2' }, { n: 1 }, { n: 2 }]);
      const slow = await done('POST', '/replays', { query, perSecond: 0.01 });
      assert.equal((await call('POST', '/replays', { query })).status, 409);
      assert.equal((await done('POST', `/replays/${slow.id}/stop`)).state, 'stopped');
      assert.equal((await call('POST', '/events/clear', {})).status, 400, 'nothing named');
      await nodeRed.waitFor(async () => {
        const { events } = await done('GET', '/events?status=pending,processing');
        return events.length === 0 ? true : undefined;
      }, 'all to be finished');
      const { removed, more } = await done('POST', '/events/clear', { query });
      assert.ok(removed >= 8 && !more);
      assert.deepEqual((await done('GET', '/events?endpoint=/a')).events, []);
    });

    await t.test(
      'a parked message is tried now; its retry node is deleted; it is given up',
      async () => {
        const [one, two] = [await send('/b', { n: 1 }), await send('/b', { n: 2 })];
        await waitFor(one, 'retrying');
        await waitFor(two, 'retrying');
        const jobOf = async (id: string) => (await done('GET', `/jobs?eventId=${id}`)).jobs[0];
        assert.equal((await jobOf(one)).nodeExists, true);
        await done('POST', `/jobs/${(await jobOf(one)).id}/retry`);
        await nodeRed.waitFor(async () => {
          const { attempts, state } = await jobOf(one);
          return attempts === 2 && state === 'waiting' ? true : undefined;
        }, 'the second attempt');

        await nodeRed.deploy([...FLOW, endpoint('b', '/b', 'other'), retry('other')]);
        const { id, nodeExists } = await jobOf(one);
        assert.equal(nodeExists, false);
        const orphaned = await call('POST', `/jobs/${id}/retry`);
        assert.equal(orphaned.status, 409);
        assert.match(orphaned.answer.message, /does not run/);
        await done('POST', `/jobs/${id}/retry`, { nodeId: 'other' });
        await nodeRed.waitFor(async () => {
          const { attempts, state } = await jobOf(one);
          return attempts === 3 && state === 'waiting' ? true : undefined;
        }, 'the third attempt, at another node');

        assert.deepEqual(await done('POST', `/jobs/${id}/cancel`), { eventStatus: 'failed' });
        assert.equal((await call('POST', `/jobs/${id}/cancel`)).status, 409);
        await done('POST', `/events/${two}/discard`);
        const { status, reason, jobs } = await done('GET', `/events/${two}`);
        assert.deepEqual([status, reason, jobs[0].state], ['failed', 'discarded', 'cancelled']);

        await nodeRed.deploy(FLOW);
        const gone = await call('POST', `/events/${two}/replay`);
        assert.equal(gone.status, 409);
        assert.equal(gone.answer.code, 'endpoint-gone');
      },
    );
  });
}

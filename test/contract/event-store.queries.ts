import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { NewEvent } from '../../src/events/event';
import { HAND_OVER, LATER, refusedAs } from './event-store.context';
import type { StoreContext } from './event-store.context';
import { anAttempt, anEvent } from './event-store.fixtures';

export function describeQueries(on: StoreContext): void {
  describe('queries', () => {
    const filled = async (): Promise<NewEvent[]> => {
      const events = Array.from({ length: 30 }, (_, n) =>
        anEvent({ endpoint: `/hooks/${n % 3}`, receivedAtMs: 1_000 + n }),
      );
      await Promise.all(
        events.map((event, n) => on.store.accept(event, n % 2 ? HAND_OVER : LATER)),
      );
      return events.reverse();
    };
    const ids = (rows: readonly { readonly id: string }[]): string[] => rows.map(({ id }) => id);

    test('list gives the newest first, in pages', async () => {
      const newest = ids(await filled());
      const page = await on.store.list({ limit: 12 });
      assert.deepEqual(ids(page), newest.slice(0, 12));
      const next = await on.store.list({ limit: 12, before: page.at(-1)!.id });
      assert.deepEqual(ids(next), newest.slice(12, 24));
      assert.equal(page[0]!.bodyBytes, 7);
      assert.deepEqual([page[0]!.method, page[0]!.path], ['POST', '/hooks/a']);
      assert.ok(!('body' in page[0]!) && !('request' in page[0]!));
    });

    test('list by endpoint, by status, by both, in pages', async () => {
      const newest = await filled();
      const ofA = newest.filter(({ endpoint }) => endpoint === '/hooks/1');
      assert.deepEqual(ids(await on.store.list({ endpoint: '/hooks/1', limit: 50 })), ids(ofA));
      const before = ofA[3]!.id;
      const rest = await on.store.list({ endpoint: '/hooks/1', before, limit: 3 });
      assert.deepEqual(ids(rest), ids(ofA.slice(4, 7)));
      const pending = newest.filter(({ receivedAtMs }) => receivedAtMs % 2 === 0);
      assert.deepEqual(ids(await on.store.list({ status: 'pending', limit: 50 })), ids(pending));
      const both = pending.filter(({ endpoint }) => endpoint === '/hooks/1');
      const query = { endpoint: '/hooks/1', status: 'pending', limit: 50 } as const;
      assert.deepEqual(ids(await on.store.list(query)), ids(both));
      assert.deepEqual(await on.store.list({ endpoint: '/nowhere', limit: 5 }), []);
    });

    test('a page is bounded', async () => {
      for (const limit of [0, 501, 1.5]) {
        await assert.rejects(on.store.list({ limit }), refusedAs('bad-config'));
      }
    });

    test('get of an unknown id is undefined', async () => {
      assert.equal(await on.store.get('nobody'), undefined);
    });

    test('a query sees the writes that were called before it', async () => {
      const id = await on.accepted();
      void on.store.endAttempt({
        eventId: id,
        attempt: anAttempt(),
        outcome: 'success',
        reason: null,
      });
      assert.equal(await on.statusOf(id), 'success');
    });

    test('jobs by node, by event, open or ended', async () => {
      const [a, b] = [await on.accepted(), await on.accepted()];
      const [one, two] = [await on.parked(a), await on.parked(b)];
      const other = await on.parked(b, { nodeId: 'other', arrival: 2 });
      const settlement = { attempt: anAttempt({ kind: 'retry' }), state: 'cancelled' } as const;
      await on.store.settleJob({ ...settlement, jobId: two });
      const found = async (query: object) => ids(await on.store.jobs({ limit: 9, ...query }));
      assert.deepEqual(await found({}), [other, two, one]);
      assert.deepEqual(await found({ nodeId: 'retry1' }), [two, one]);
      assert.deepEqual(await found({ eventId: b }), [other, two]);
      assert.deepEqual(await found({ eventId: b, open: true }), [other]);
      assert.deepEqual(await found({ open: false }), [two]);
    });

    test('stats count events by status, open jobs and rejections', async () => {
      await on.accepted();
      await on.store.accept(anEvent(), LATER);
      await on.parked(await on.accepted());
      const { byStatus, openJobs, rejections, bytes } = await on.store.stats();
      assert.deepEqual(byStatus, {
        pending: 1,
        processing: 1,
        retrying: 1,
        success: 0,
        failed: 0,
        ignored: 0,
      });
      assert.deepEqual([openJobs, rejections], [1, 0]);
      assert.ok(bytes > 0);
    });
  });

  describe('rejections', () => {
    const aRejection = (n: number) => ({
      id: `r${n}`,
      atMs: n,
      endpoint: n % 2 ? '/hooks/a' : '/hooks/b',
      status: 401,
      cause: 'invalid-signature',
      detail: 'The signature does not match.',
      method: 'POST',
      path: '/hooks/a',
      ip: '::1',
    });

    test('are given back newest first', async () => {
      const [one, two, three] = [aRejection(1), aRejection(2), aRejection(3)];
      await Promise.all([one, two, three].map((each) => on.store.reject(each)));
      assert.deepEqual(await on.store.rejections({ limit: 2 }), [three, two]);
      assert.deepEqual(await on.store.rejections({ endpoint: '/hooks/a', limit: 9 }), [three, one]);
    });

    test('are a ring of 1000', async () => {
      await Promise.all(Array.from({ length: 1_010 }, (_, n) => on.store.reject(aRejection(n))));
      assert.equal((await on.store.stats()).rejections, 1_000);
      assert.equal((await on.store.rejections({ limit: 1 }))[0]!.id, 'r1009');
    });
  });
}

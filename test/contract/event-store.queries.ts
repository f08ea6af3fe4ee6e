import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { NewEvent } from '../../src/events/event';
import type { EventPage, EventQuery } from '../../src/events/event-query';
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
    const listed = async (query: Partial<EventQuery> = {}): Promise<string[]> =>
      ids((await on.store.list({ limit: 50, ...query })).events);

    test('list gives the newest first, in pages', async () => {
      const newest = ids(await filled());
      const { events: page, next } = await on.store.list({ limit: 12 });
      assert.deepEqual(ids(page), newest.slice(0, 12));
      assert.equal(next, page.at(-1)!.id);
      assert.deepEqual(await listed({ limit: 12, before: next }), newest.slice(12, 24));
      const last = await on.store.list({ limit: 12, before: newest[23]! });
      assert.deepEqual([ids(last.events), last.next], [newest.slice(24), null]);
      assert.equal(page[0]!.bodyBytes, 7);
      assert.deepEqual([page[0]!.method, page[0]!.path], ['POST', '/hooks/a']);
      assert.ok(!('body' in page[0]!) && !('request' in page[0]!));
    });

    test('list by endpoint, by status, by both, in pages', async () => {
      const newest = await filled();
      const ofA = newest.filter(({ endpoint }) => endpoint === '/hooks/1');
      assert.deepEqual(await listed({ endpoint: '/hooks/1' }), ids(ofA));
      const before = ofA[3]!.id;
      const rest = await listed({ endpoint: '/hooks/1', before, limit: 3 });
      assert.deepEqual(rest, ids(ofA.slice(4, 7)));
      const pending = newest.filter(({ receivedAtMs }) => receivedAtMs % 2 === 0);
      assert.deepEqual(await listed({ status: 'pending' }), ids(pending));
      const both = pending.filter(({ endpoint }) => endpoint === '/hooks/1');
      const query = { endpoint: '/hooks/1', status: 'pending', limit: 50 } as const;
      assert.deepEqual(await listed(query), ids(both));
      assert.deepEqual(await listed({ endpoint: '/nowhere' }), []);
    });

    test('list by several statuses', async () => {
      const newest = ids(await filled());
      assert.deepEqual(await listed({ status: ['processing', 'pending', 'failed'] }), newest);
      assert.deepEqual(await listed({ status: ['failed', 'ignored'] }), []);
    });

    test('list by method, provider, event type and origin, also together with the others', async () => {
      const other = { provider: 'stripe', eventType: 'invoice.paid' };
      const first = await on.accepted();
      const { request } = anEvent();
      const put = await on.accepted({ request: { ...request, method: 'PUT' } });
      const paid = await on.accepted({ ...other, endpoint: '/hooks/b' });
      const replay = await on.accepted({ ...other, replayOf: paid });
      assert.deepEqual(await listed({ method: 'PUT' }), [put]);
      assert.deepEqual(await listed({ provider: 'stripe' }), [replay, paid]);
      assert.deepEqual(await listed({ provider: 'stripe', limit: 1, before: replay }), [paid]);
      assert.deepEqual(await listed({ eventType: 'push' }), [put, first]);
      assert.deepEqual(await listed({ replayOf: paid }), [replay]);
      assert.deepEqual(await listed({ provider: 'stripe', endpoint: '/hooks/b' }), [paid]);
      assert.deepEqual(await listed({ provider: 'github', endpoint: '/hooks/b' }), []);
      const query = { provider: 'stripe', status: 'processing', method: 'POST' } as const;
      assert.deepEqual(await listed(query), [replay, paid]);
    });

    test('list by time: from it, and before it', async () => {
      const hour = 3_600_000;
      const at: string[] = [];
      for (let n = 0; n < 20; n++) {
        at.push(await on.accepted({ receivedAtMs: n * hour, endpoint: `/hooks/${n % 2}` }));
      }
      assert.deepEqual(await listed({ fromMs: 18 * hour }), [at[19], at[18]]);
      assert.deepEqual(await listed({ toMs: 2 * hour }), [at[1], at[0]]);
      const between = { fromMs: 5 * hour, toMs: 9 * hour };
      assert.deepEqual(await listed(between), [at[8], at[7], at[6], at[5]]);
      assert.deepEqual(await listed({ ...between, endpoint: '/hooks/1' }), [at[7], at[5]]);
      assert.deepEqual(await listed({ ...between, before: at[6]! }), [at[5]]);
      assert.deepEqual(await listed({ fromMs: 99 * hour }), []);
    });

    test('events that were stored a little out of order are found by their time', async () => {
      const [later, sooner] = [2_000, 1_990];
      const one = await on.accepted({ receivedAtMs: later });
      const two = await on.accepted({ receivedAtMs: sooner });
      assert.deepEqual(await listed({ toMs: 2_000 }), [two]);
      assert.deepEqual(await listed({ fromMs: 2_000 }), [one]);
    });

    test('list by a text of the body, compressed or not, of the request, in whatever case', async () => {
      const large = JSON.stringify({ fill: 'x'.repeat(5_000), name: 'Zoë Müller', n: 7 });
      const { request } = anEvent();
      const inBody = await on.accepted({ body: Buffer.from(large) });
      const inUrl = await on.accepted({ request: { ...request, url: '/hooks/a?ref=ORDER-77' } });
      const binary = await on.accepted({ body: Buffer.from([0, 255, 65, 66]) });
      assert.deepEqual(await listed({ text: 'zoë MÜLLER' }), [inBody]);
      assert.deepEqual(await listed({ text: '"n":7' }), [inBody]);
      assert.deepEqual(await listed({ text: 'order-77' }), [inUrl]);
      assert.deepEqual(await listed({ text: 'ab' }), [binary]);
      assert.deepEqual(await listed({ text: 'json', endpoint: '/hooks/b' }), []);
      assert.deepEqual(await listed({ text: 'nowhere in it' }), []);
    });

    test('list by a text with characters that mean something to others, or that have another case', async () => {
      const { request } = anEvent();
      const like = await on.accepted({ body: Buffer.from('100%_of it\\n') });
      const escaped = await on.accepted({ body: Buffer.from('Zo\u00eb 303') });
      const kelvin = await on.accepted({
        request: { ...request, url: '/hooks/a?unit=\u212aELVIN' },
      });
      const type = await on.accepted({ eventType: 'Unit.\u212aelvin' });
      assert.deepEqual(await listed({ text: '100%_OF' }), [like]);
      assert.deepEqual(await listed({ text: '100__of' }), []);
      assert.deepEqual(await listed({ text: 'it\\n' }), [like]);
      assert.deepEqual(await listed({ text: '\\n' }), [like]);
      assert.deepEqual(await listed({ text: '303' }), [escaped]);
      assert.deepEqual(await listed({ text: '\\303' }), []);
      assert.deepEqual(await listed({ text: 'kelvin' }), [type, kelvin]);
    });

    test('following the cursor finds all that match, once, however rare', async () => {
      const rare: string[] = [];
      const stored: string[] = [];
      for (let n = 0; n < 60; n++) {
        const events = Array.from({ length: 100 }, (_, m) =>
          anEvent({ eventType: n % 20 === 0 && m === 50 ? 'rare' : 'common' }),
        );
        await Promise.all(events.map((event) => on.store.accept(event, LATER)));
        stored.unshift(...ids(events).reverse());
        rare.unshift(...events.filter((each) => each.eventType === 'rare').map(({ id }) => id));
      }
      for (const [query, limit, expected] of [
        [{ eventType: 'rare' }, 2, rare],
        [{ eventType: 'rare', status: 'pending' }, 2, rare],
        [{ text: 'RARE' }, 2, rare],
        [{ text: '/hooks/a' }, 500, stored],
      ] as const) {
        const found: string[] = [];
        let before: string | null = null;
        do {
          const cursor = before === null ? {} : { before };
          const page: EventPage = await on.store.list({ ...query, limit, ...cursor });
          found.push(...ids(page.events));
          before = page.next;
        } while (before !== null);
        assert.deepEqual(found, expected);
      }
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
      assert.deepEqual(await found({ before: other, limit: 1 }), [two]);
      assert.deepEqual(await found({ before: one }), []);
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

  describe('waiting', () => {
    const nothing = { count: 0, oldestAtMs: null, nextDueAtMs: null };

    test('counts the pending events of an endpoint, with the oldest', async () => {
      for (const receivedAtMs of [3_000, 1_000, 2_000]) {
        await on.store.accept(anEvent({ receivedAtMs }), LATER);
      }
      await on.accepted({ receivedAtMs: 10 });
      await on.store.accept(anEvent({ endpoint: '/hooks/b', receivedAtMs: 20 }), LATER);
      const three = { count: 3, oldestAtMs: 1_000, nextDueAtMs: null };
      assert.deepEqual(await on.store.waiting({ endpoint: '/hooks/a' }), three);
      await on.claim();
      assert.deepEqual(await on.store.waiting({ endpoint: '/hooks/a' }), nothing);
      assert.deepEqual(await on.store.waiting({ endpoint: '/nowhere' }), nothing);
    });

    test('counts the open jobs of a retry node, with the oldest and the next', async () => {
      const id = await on.accepted();
      await on.parked(id, { arrival: 1, firstAttemptAtMs: 900, dueAtMs: 7_000 });
      await on.parked(id, { arrival: 2, firstAttemptAtMs: 800, dueAtMs: 6_000 });
      await on.parked(id, { arrival: 3, firstAttemptAtMs: 950, dueAtMs: 9_000 });
      const at = { nodeId: 'retry1' };
      const three = { count: 3, oldestAtMs: 800, nextDueAtMs: 6_000 };
      assert.deepEqual(await on.store.waiting(at), three);
      const [job] = (await on.claimJobs(6_500)).jobs;
      assert.deepEqual(await on.store.waiting(at), { ...three, nextDueAtMs: 7_000 }, 'one runs');
      const attempt = anAttempt({ kind: 'retry', number: job!.attempts });
      await on.store.settleJob({ jobId: job!.id, attempt, state: 'done' });
      const two = { count: 2, oldestAtMs: 900, nextDueAtMs: 7_000 };
      assert.deepEqual(await on.store.waiting(at), two);
      assert.deepEqual(await on.store.waiting({ nodeId: 'another' }), nothing);
    });

    test('counts no further than a thousand', async () => {
      await Promise.all(Array.from({ length: 1_010 }, () => on.store.accept(anEvent(), LATER)));
      assert.equal((await on.store.waiting({ endpoint: '/hooks/a' })).count, 1_000);
    });
  });

  describe('rejections', () => {
    const aRejection = (n: number) => ({
      id: `r${String(n).padStart(4, '0')}`,
      atMs: n,
      endpoint: n % 2 ? '/hooks/a' : '/hooks/b',
      status: 401,
      cause: 'invalid-signature',
      detail: 'The signature does not match.',
      method: 'POST',
      path: '/hooks/a',
      ip: '::1',
      headers: { host: 'example.com', 'x-signature': '[redacted]' },
      bodyBytes: n === 2 ? null : 10 + n,
    });

    test('are given back newest first', async () => {
      const [one, two, three] = [aRejection(1), aRejection(2), aRejection(3)];
      await Promise.all([one, two, three].map((each) => on.store.reject(each)));
      assert.deepEqual(await on.store.rejections({ limit: 2 }), [three, two]);
      assert.deepEqual(await on.store.rejections({ endpoint: '/hooks/a', limit: 9 }), [three, one]);
      assert.deepEqual(await on.store.rejections({ before: three.id, limit: 1 }), [two]);
      assert.deepEqual(await on.store.rejections({ before: one.id, limit: 9 }), []);
    });

    test('keep what a header may contain', async () => {
      const headers: Record<string, string> = { 'x-odd': 'é\u2026 " \\ <b>', host: '' };
      Object.defineProperty(headers, '__proto__', { value: 'no', enumerable: true });
      await on.store.reject({ ...aRejection(1), headers });
      const [kept] = await on.store.rejections({ limit: 1 });
      assert.deepEqual(Object.entries(kept!.headers), Object.entries(headers));
    });

    test('are a ring of 1000', async () => {
      await Promise.all(Array.from({ length: 1_010 }, (_, n) => on.store.reject(aRejection(n))));
      assert.equal((await on.store.stats()).rejections, 1_000);
      assert.equal((await on.store.rejections({ limit: 1 }))[0]!.id, 'r1009');
    });
  });
}

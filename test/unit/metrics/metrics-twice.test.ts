import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Waiting } from '../../../src/events/event-store';
import type { MetricName } from '../../../src/metrics/catalogue';
import { Meters } from '../../../src/metrics/meters';
import type { MeasuredStore } from '../../../src/metrics/store-figures';
import { valueOf } from '../../support/prometheus-parser';
import { IDLE, measured, name, NOTHING, scraped, service, storeOf } from './metrics-bench';

/** What there are two of, one after the other or at the same time: nodes of a path, stores of a history. */

test('two nodes of one path: what waits there is counted once', async () => {
  const events = { ...NOTHING.events, pending: 3 };
  const waiting = { count: 3, oldestAtMs: 0, nextDueAtMs: 0 };
  const store = storeOf(
    async () => ({ ...NOTHING, events, openJobs: 3 }),
    () => waiting,
  );
  const twice = [0, 1].map(() => ({ endpoint: '/a', hasHandshakes: false }));
  const families = await scraped(
    service({
      ...{ endpoints: () => twice, retryNodes: () => ['r', 'r'] },
      stores: () => [measured(store)],
    }),
  );
  assert.equal(valueOf(families, name('events_waiting'), { endpoint: '/a' }), 3);
  assert.equal(valueOf(families, name('retry_node_jobs'), { node: 'r' }), 3);
});

test('two stores of one history: each counts, and the history is measured once', async () => {
  const totals = [{ endpoint: '/a', total: 'stored:sender', count: 2 }] as const;
  const events = { ...NOTHING.events, pending: 3 };
  const of = (id: string, isSpare: boolean): MeasuredStore => {
    const waiting = (): Waiting => ({ ...IDLE, count: 3 });
    const store = storeOf(async () => ({ ...NOTHING, totals, events, openJobs: 4 }), waiting);
    return measured(store, { id, isSpare, isSound: !isSpare, limitBytes: 9 });
  };
  const families = await scraped(service({ stores: () => [of('old', true), of('new', false)] }));
  const at = (key: MetricName, labels: Record<string, string>): number | undefined =>
    valueOf(families, name(key), labels);
  assert.equal(at('events_received_total', { endpoint: '/a', origin: 'sender' }), 4);
  assert.equal(at('events_waiting', { endpoint: '/a' }), 3);
  assert.equal(at('events', { history: 'h', status: 'pending' }), 3);
  assert.equal(at('retry_jobs', { history: 'h' }), 4);
  assert.equal(at('store_size_bytes', { history: 'h' }), 4096);
  assert.equal(at('store_limit_bytes', { history: 'h' }), 9);
  assert.equal(at('store_up', { history: 'h' }), 1);
});

test('what a store counted after the last scrape is asked before it is closed', async () => {
  let [count, asked] = [1, 0];
  let answer = (): void => undefined;
  const store = storeOf(async () => {
    const totals = [{ endpoint: '/a', total: 'stored:sender', count }] as const;
    asked++;
    await new Promise<void>((resolve) => (answer = resolve));
    return { ...NOTHING, totals };
  });
  let stores = [measured(store)];
  const metrics = service({ stores: () => stores });
  const turn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));
  const scraping = metrics.scrape(undefined);
  await turn();
  count = 5;
  const closing = metrics.beforeClose();
  for (const times of [1, 2]) {
    await turn();
    assert.equal(asked, times, 'the scrape that was under way may have asked too early');
    answer();
  }
  await Promise.all([scraping, closing]);
  stores = [];
  const labels = { endpoint: '/a', origin: 'sender' };
  assert.equal(valueOf(await scraped(metrics), name('events_received_total'), labels), 5);
});

test('counters of what is gone end after an hour, those of all others stay', async () => {
  const elapsed = { ms: 0 };
  const meters = new Meters();
  meters.rejected('/a', 'rate-limit');
  meters.rejected('/gone', 'rate-limit');
  meters.synced('gone', { outcome: 'success', sent: 1, skipped: 0, failed: 0 });
  meters.synced('sync', { outcome: 'success', sent: 1, skipped: 0, failed: 0 });
  for (const history of ['h', 'gone']) meters.writesTo(history).observe(1);
  const totals = [
    { endpoint: '', total: 'attempt:retry:success', count: 1 },
    { endpoint: '', total: 'evicted:failed', count: 1 },
  ] as const;
  const metrics = service({
    ...{ meters, elapsedMs: () => elapsed.ms, hasNode: (id) => id !== 'gone' },
    stores: () => [measured(storeOf(async () => ({ ...NOTHING, totals })))],
  });
  const shown = async (): Promise<(number | undefined)[]> => {
    const families = await scraped(metrics);
    return (
      [
        ['rejections_total', { endpoint: '/a', cause: 'rate-limit' }],
        ['sync_runs_total', { node: 'sync', outcome: 'success' }],
        ['write_duration_seconds_count', { history: 'h' }],
        ['attempts_total', { endpoint: '', kind: 'retry', outcome: 'success' }],
        ['events_evicted_total', { history: 'h', status: 'failed' }],
        ['rejections_total', { endpoint: '/gone', cause: 'rate-limit' }],
        ['sync_runs_total', { node: 'gone', outcome: 'success' }],
        ['sync_items_total', { node: 'gone', outcome: 'sent' }],
        ['write_duration_seconds_count', { history: 'gone' }],
      ] as const
    ).map(([key, labels]) => valueOf(families, `apilinker_webhooks_${key}`, labels));
  };
  assert.deepEqual(await shown(), [1, 1, 1, 1, 1, 1, 1, 1, 1]);
  elapsed.ms = 3_600_000;
  const none = [undefined, undefined, undefined, undefined];
  assert.deepEqual(await shown(), [1, 1, 1, 1, 1, ...none]);
  meters.rejected('/gone', 'rate-limit');
  assert.equal((await shown())[5], 2);
});

test('what all others share does not end, whatever of it is gone', async () => {
  const elapsed = { ms: 0 };
  const meters = new Meters();
  for (let n = 0; n < 300; n++) {
    meters.rejected(`/gone/${n}`, 'rate-limit');
    meters.synced(`gone ${n}`, { outcome: 'success', sent: 1, skipped: 0, failed: 0 });
  }
  const gone = { endpoints: () => [], hasNode: () => false };
  const metrics = service({ ...gone, meters, elapsedMs: () => elapsed.ms });
  await scraped(metrics);
  elapsed.ms = 3_600_000;
  const families = await scraped(metrics);
  const shared = (key: MetricName): unknown =>
    families.get(name(key))?.samples.map(({ labels, value }) => [Object.values(labels)[0], value]);
  assert.deepEqual(shared('rejections_total'), [['other', 100]]);
  assert.deepEqual(shared('sync_runs_total'), [['other', 100]]);
});

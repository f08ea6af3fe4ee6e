import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { StoreMeasures, Waiting } from '../../../src/events/event-store';
import { METRICS, type MetricName } from '../../../src/metrics/catalogue';
import { Meters } from '../../../src/metrics/meters';
import type { MeasuredStore } from '../../../src/metrics/store-figures';
import { createFakeClock } from '../../support/fake-clock';
import { parseExposition, valueOf } from '../../support/prometheus-parser';
import { IDLE, measured, name, NOTHING, scraped, service, storeOf } from './metrics-bench';

test('each metric of the catalogue is declared, with its type, and has no other labels', async () => {
  const families = await scraped(
    service({ stores: () => [measured(storeOf(async () => NOTHING))] }),
  );
  const declared = Object.entries(METRICS).map(([key, { kind }]) => [
    name(key as MetricName),
    kind,
  ]);
  assert.deepEqual(
    [...families].map(([key, { type }]) => [key, type]),
    declared,
  );
  for (const [key, { labels }] of Object.entries(METRICS)) {
    for (const sample of families.get(name(key as MetricName))?.samples ?? []) {
      const own = Object.keys(sample.labels).filter((label) => label !== 'le');
      assert.deepEqual(own.sort(), [...labels].sort(), key);
    }
  }
});

test('an endpoint to which nothing came is there with 0, so that its silence can be seen', async () => {
  const families = await scraped(service());
  const origin = { endpoint: '/a', origin: 'sender' };
  assert.equal(valueOf(families, name('events_received_total'), origin), 0);
  const failed = { endpoint: '/a', status: 'failed' };
  assert.equal(valueOf(families, name('events_finished_total'), failed), 0);
});

test('what waits: its number, its age, of all histories together; a time to come is none', async () => {
  const clock = createFakeClock();
  const nowMs = clock.now();
  const events = { ...NOTHING.events, pending: 3 };
  const store = (count: number, ageMs: number): MeasuredStore => {
    const ask = (at: object): Waiting => {
      const oldestAtMs = nowMs - ageMs;
      if ('endpoint' in at) return { count, oldestAtMs, nextDueAtMs: null };
      return { count, oldestAtMs, nextDueAtMs: count === 1 ? nowMs + 9000 : nowMs - 500 };
    };
    return measured(
      storeOf(async () => ({ ...NOTHING, events, openJobs: 2 }), ask),
      {
        name: `h${count}`,
      },
    );
  };
  const stores = [store(1, 60_000), store(2, 5_000)];
  const families = await scraped(
    service({ clock, stores: () => stores, retryNodes: () => ['r', 's'] }),
  );
  const at = (key: MetricName, labels: Record<string, string>): number | undefined =>
    valueOf(families, name(key), labels);
  assert.equal(at('events_waiting', { endpoint: '/a' }), 3);
  assert.equal(at('event_waiting_seconds', { endpoint: '/a' }), 60);
  assert.equal(at('retry_node_jobs', { node: 'r' }), 3);
  assert.equal(at('retry_node_age_seconds', { node: 's' }), 60);
  assert.equal(at('retry_node_overdue_seconds', { node: 'r' }), 0.5);
  assert.equal(at('retry_jobs', { history: 'h1' }), 2);
  const waiting = families.get(name('events_waiting'))?.samples.map(({ labels }) => labels);
  assert.deepEqual(waiting, [{ endpoint: '/a' }], 'no node is an endpoint');
  const early = service({ clock, stores: () => [store(1, 0)], retryNodes: () => ['r'] });
  assert.equal(valueOf(await scraped(early), name('retry_node_overdue_seconds'), { node: 'r' }), 0);
  assert.equal(at('events', { history: 'h2', status: 'pending' }), 3);
});

test('nothing waits: no place is asked', async () => {
  const asked: object[] = [];
  const store = storeOf(
    async () => NOTHING,
    (at) => (asked.push(at), IDLE),
  );
  const clock = createFakeClock();
  const stores = (): MeasuredStore[] => [measured(store)];
  const families = await scraped(service({ clock, stores, retryNodes: () => ['r'] }));
  assert.deepEqual(asked, []);
  assert.equal(clock.waiting, 1, 'the look at the event loop, and no time-out of a question');
  assert.equal(valueOf(families, name('retry_node_jobs'), { node: 'r' }), 0);
});

test('a store that is closed, fails or does not answer is down, and the scrape goes on', async () => {
  const clock = createFakeClock();
  const never = new Promise<StoreMeasures>(() => undefined);
  const stores = [
    measured(null, { name: 'closed', limitBytes: 7 }),
    measured(
      storeOf(() => Promise.reject(new Error('no'))),
      { name: 'broken' },
    ),
    measured(
      storeOf(() => never),
      { name: 'silent', freeBytes: () => Promise.resolve(9) },
    ),
    measured(
      storeOf(async () => NOTHING),
      { name: 'full', isSound: false },
    ),
    measured(
      storeOf(async () => NOTHING),
      { name: 'fine' },
    ),
  ];
  const scraping = scraped(service({ clock, stores: () => stores }));
  await new Promise((resolve) => setImmediate(resolve));
  clock.advance(5000);
  const families = await scraping;
  const up = stores.map(({ name: history }) => valueOf(families, name('store_up'), { history }));
  assert.deepEqual(up, [0, 0, 0, 0, 1]);
  const size = (history: string) => valueOf(families, name('store_size_bytes'), { history });
  assert.deepEqual([size('silent'), size('full')], [undefined, 4096]);
  assert.equal(valueOf(families, name('store_limit_bytes'), { history: 'closed' }), 7);
  assert.equal(valueOf(families, name('store_free_bytes'), { history: 'silent' }), 9);
});

test('a counter stays when the store that counted it is gone', async () => {
  const totals = [{ endpoint: '/a', total: 'finished:failed', count: 4 }] as const;
  let stores = [measured(storeOf(async () => ({ ...NOTHING, totals })))];
  const metrics = service({ stores: () => stores });
  const failed = async (): Promise<number | undefined> => {
    const labels = { endpoint: '/a', status: 'failed' };
    return valueOf(await scraped(metrics), name('events_finished_total'), labels);
  };
  assert.equal(await failed(), 4);
  stores = [];
  assert.equal(await failed(), 4);
});

test('scrapes at the same time share one collection', async () => {
  let asked = 0;
  const store = storeOf(async () => (asked++, NOTHING));
  const metrics = service({ stores: () => [measured(store)] });
  const openMetrics = 'application/openmetrics-text';
  const [a, b] = await Promise.all([metrics.scrape(undefined), metrics.scrape(openMetrics)]);
  assert.deepEqual([asked, a.contentType], [1, 'text/plain; version=0.0.4; charset=utf-8']);
  assert.match(b.contentType, /^application\/openmetrics-text; version=1\.0\.0/);
  assert.equal(parseExposition(b.text, 'openmetrics').size, parseExposition(a.text, 'text').size);
  await metrics.scrape(undefined);
  assert.equal(asked, 2);
});

test('more endpoints than there are labels for: the rest is one, and nothing is lost', async () => {
  const endpoints = Array.from({ length: 300 }, (_, n) => ({
    endpoint: `/${n}`,
    hasHandshakes: false,
  }));
  const totals = endpoints.map(({ endpoint }) => {
    return { endpoint, total: 'stored:sender', count: 1 } as const;
  });
  const store = storeOf(async () => ({ ...NOTHING, totals }));
  const families = await scraped(
    service({ endpoints: () => endpoints, stores: () => [measured(store)] }),
  );
  const { samples = [] } = families.get(name('events_received_total')) ?? {};
  assert.equal(samples.length, 201);
  assert.equal(
    samples.reduce((sum, { value }) => sum + value, 0),
    300,
  );
  const other = { endpoint: 'other', origin: 'sender' };
  assert.equal(valueOf(families, name('events_received_total'), other), 100);
});

test('requests by the class of their answer, rejections by cause, syncs and their items', async () => {
  const meters = new Meters();
  meters.answered('endpoint', 200, 3);
  meters.answered('endpoint', 202, 7);
  meters.answered('endpoint', 401, 1);
  meters.answered('endpoint', null, 1);
  meters.answered('endpoint', 999, 1);
  meters.answered('unknown', 404, 1);
  meters.answered('health', 503, 1);
  meters.writesTo('h').observe(0.002);
  meters.writesTo('h').observe(0.004);
  meters.writesTo('of another').observe(9);
  for (const cause of ['invalid-signature', 'invalid-signature', 'rate-limit']) {
    meters.rejected('/a', cause);
  }
  meters.synced('s', { outcome: 'success', sent: 5, skipped: 1, failed: 0 });
  meters.synced('s', { outcome: 'failed', sent: 1, skipped: 0, failed: 2 });
  const families = await scraped(service({ meters }));
  const counts = (families.get(name('request_duration_seconds'))?.samples ?? []).flatMap(
    ({ name: sample, labels: { target, code }, value }) =>
      sample.endsWith('_count') ? [`${target} ${code} ${value}`] : [],
  );
  assert.deepEqual(counts, [
    ...[
      'endpoint none 1',
      'endpoint 2xx 2',
      'endpoint 4xx 1',
      'endpoint 5xx 0',
      'endpoint other 1',
    ],
    ...['unknown 4xx 1', 'health 5xx 1'],
  ]);
  const acknowledged = { target: 'endpoint', code: '2xx' };
  assert.equal(valueOf(families, `${name('request_duration_seconds')}_sum`, acknowledged), 0.01);
  const write = (suffix: string, history: string): number | undefined =>
    valueOf(families, name('write_duration_seconds') + suffix, { history });
  assert.deepEqual([write('_count', 'h'), write('_sum', 'h')], [2, 0.006]);
  assert.deepEqual([write('_count', 'of another'), write('_sum', 'of another')], [1, 9]);
  const labels = { endpoint: '/a', cause: 'invalid-signature' };
  assert.equal(valueOf(families, name('rejections_total'), labels), 2);
  const items = (outcome: string): number | undefined =>
    valueOf(families, name('sync_items_total'), { node: 's', outcome });
  assert.deepEqual(['sent', 'skipped', 'failed'].map(items), [6, 1, 2]);
  const runs = { node: 's', outcome: 'failed' };
  assert.equal(valueOf(families, name('sync_runs_total'), runs), 1);
});

test('each figure stands where it belongs', async () => {
  const clock = createFakeClock();
  const totals = [
    { endpoint: '', total: 'evicted:failed', count: 2 },
    { endpoint: '', total: 'evicted:finished', count: 3 },
    { endpoint: '/a', total: 'duplicate', count: 4 },
    { endpoint: '/a', total: 'requeued', count: 5 },
    { endpoint: '/a', total: 'attempt:exhausted:success', count: 6 },
  ] as const;
  let elapsedMs = 0;
  const store = storeOf(async () => ((elapsedMs += 250), { ...NOTHING, totals }));
  const endpoints = [
    { endpoint: '/a', hasHandshakes: true },
    { endpoint: '/b', hasHandshakes: true },
  ];
  const meters = new Meters();
  for (let n = 0; n < 7; n++) meters.shookHands('/a', 'answered');
  for (let n = 0; n < 8; n++) meters.shookHands('/a', 'refused');
  const families = await scraped(
    service({
      ...{ clock, elapsedMs: () => elapsedMs, meters, endpoints: () => endpoints },
      ...{ stores: () => [measured(store)], openAttempts: () => 9 },
    }),
  );
  const figures = (
    [
      ['events_evicted_total', { history: 'h', status: 'failed' }],
      ['events_evicted_total', { history: 'h', status: 'finished' }],
      ['duplicates_total', { endpoint: '/a', action: 'ignored' }],
      ['duplicates_total', { endpoint: '/a', action: 'delivered' }],
      ['attempts_total', { endpoint: '/a', kind: 'exhausted', outcome: 'success' }],
      ['handshakes_total', { endpoint: '/a', outcome: 'answered' }],
      ['handshakes_total', { endpoint: '/a', outcome: 'refused' }],
      ['handshakes_total', { endpoint: '/b', outcome: 'refused' }],
      ['attempts_open', {}],
      ['scrape_duration_seconds', {}],
      ['process_cpu_seconds_total', {}],
      ['process_resident_memory_bytes', {}],
      ['process_start_time_seconds', {}],
      ['event_loop_active_seconds_total', {}],
    ] as const
  ).map(([key, labels]) => valueOf(families, name(key), labels));
  assert.deepEqual(figures, [2, 3, 4, 5, 6, 7, 8, 0, 9, 0.25, 1, 2, 3, 4]);
});

test('how late timers are is looked at from the first scrape on', async () => {
  const clock = createFakeClock();
  const metrics = service({ clock, elapsedMs: () => clock.now() });
  const looks = async (): Promise<number | undefined> =>
    valueOf(await scraped(metrics), `${name('event_loop_delay_seconds')}_count`);
  clock.advance(500);
  assert.equal(await looks(), 0);
  clock.advance(500);
  assert.equal(await looks(), 10);
});

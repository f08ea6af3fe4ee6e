// node bench/sync.mjs (after npm run build): what a sync costs.
//   mapping: 100,000 items of 20 fields, with transformers and conditions
//   syncs:   10,000 items, 100 on a page, from a local source to a local target in another process, item by
//            item and in lists; then 4 times as many pages, whose memory must not be larger.
// Options: --items 100000 --sync 10000 --concurrency 10
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { performance } from 'node:perf_hooks';
import { clearInterval, setInterval } from 'node:timers';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

const PAGE = 100;

/** The other side: numbered pages of 100 items at /items/<total>, and a target that takes everything. */
function serve() {
  const server = createServer((request, response) => {
    const url = new URL(request.url, 'http://localhost');
    response.setHeader('content-type', 'application/json');
    if (request.method === 'GET') {
      const total = Number(url.pathname.split('/').pop());
      const first = (Number(url.searchParams.get('page') ?? 1) - 1) * PAGE;
      const count = Math.max(0, Math.min(PAGE, total - first));
      response.end(
        JSON.stringify({ data: Array.from({ length: count }, (_, at) => item(first + at)) }),
      );
    } else {
      request.resume().on('end', () => response.end('{"ok":true}'));
    }
  });
  server.listen(0, '127.0.0.1', () => process.send(server.address().port));
}

/** An item with 20 values of all kinds, some nested. */
function item(n) {
  return {
    id: n,
    name: `  Customer ${n} `,
    email: `Customer.${n}@Example.com`,
    active: n % 3 !== 0,
    amount: `${n}.50`,
    created: '2024-05-06T07:08:09Z',
    address: { street: 'Main St', number: n % 200, city: { name: 'Paris', zip: '75001' } },
    tags: ['a', 'b', `t${n % 10}`],
    notes: n % 2 === 0 ? '' : 'some text that is a bit longer than the others',
    counts: { orders: n % 50, returns: n % 5, visits: n % 500 },
    owner: { login: `user${n % 100}`, roles: [{ name: 'admin' }, { name: 'editor' }] },
    updated: 1_700_000_000 + n,
  };
}

const FIELDS = [
  { source: 'id', target: 'externalId', transform: 'to_string' },
  { source: 'name', target: 'name.display', transform: 'strip' },
  { source: 'name', target: 'name.sort', transform: ['strip', 'lowercase'] },
  { source: 'email', target: 'contact.email', transform: 'lowercase' },
  { source: 'active', target: 'active' },
  { source: 'amount', target: 'amount', transform: 'to_float' },
  { source: 'created', target: 'createdAt', transform: 'iso_to_timestamp' },
  { source: 'address.street', target: 'address.line', transform: 'uppercase' },
  { source: 'address.number', target: 'address.number', transform: 'to_string' },
  { source: 'address.city.name', target: 'address.city' },
  { source: 'address.city.zip', target: 'address.zip' },
  { source: 'tags', target: 'labels' },
  { source: 'tags[2]', target: 'mainLabel', condition: { field: 'tags[2]', operator: 'exists' } },
  { source: 'notes', target: 'notes', transform: 'none_if_empty' },
  { source: 'counts.orders', target: 'stats.orders' },
  { source: 'counts.returns', target: 'stats.returns' },
  { source: 'counts.visits', target: 'stats.visits', condition: { field: 'active', value: true } },
  { source: 'owner.login', target: 'owner' },
  { source: 'owner.roles[0].name', target: 'role' },
  { source: 'updated', target: 'updatedAt', transform: 'timestamp_to_iso' },
];

async function main() {
  const { values } = parseArgs({
    options: {
      items: { type: 'string', default: '100000' },
      sync: { type: 'string', default: '10000' },
      concurrency: { type: 'string', default: '10' },
    },
  });
  const modules = load();
  mapping(modules, Number(values.items));
  const other = fork(fileURLToPath(import.meta.url), ['servers']);
  try {
    const [port] = await once(other, 'message');
    const total = Number(values.sync);
    const parallel = Number(values.concurrency);
    await sync(modules, port, { total: 500, concurrency: 1, batchSize: null, quiet: true });
    await sync(modules, port, { total, concurrency: 1, batchSize: null });
    await sync(modules, port, { total, concurrency: parallel, batchSize: null });
    const few = await sync(modules, port, { total, concurrency: 1, batchSize: PAGE });
    const many = await sync(modules, port, { total: 4 * total, concurrency: 1, batchSize: PAGE });
    const growth = many.heapMb - few.heapMb;
    console.log(`4 times the pages: ${growth.toFixed(1)} MB more heap at most`);
    if (growth > 2) throw new Error('The memory of a sync grows with the number of its pages.');
  } finally {
    other.kill();
  }
}

function load() {
  const require = createRequire(import.meta.url);
  const from = (path) => require(`../dist/src/${path}.js`);
  return {
    ...from('sync/mapping/fields'),
    ...from('sync/mapping/map-item'),
    ...from('sync/open-connection'),
    ...from('sync/endpoint'),
    ...from('sync/sync'),
    ...from('shared/clock'),
    ...from('shared/logger'),
  };
}

function mapping({ compileFields, mapItem }, count) {
  const { fields, problems } = compileFields(FIELDS);
  if (problems.length > 0) throw new Error(problems.join(' '));
  const items = Array.from({ length: 1000 }, (_, n) => item(n));
  const run = (times) => {
    for (let n = 0; n < times; n++) mapItem(items[n % 1000], fields);
  };
  run(20_000);
  const before = process.cpuUsage();
  const began = performance.now();
  run(count);
  const ms = performance.now() - began;
  console.log(
    `mapping: ${count} items of ${FIELDS.length} fields in ${ms.toFixed(0)} ms ` +
      `(${((1000 * ms) / count).toFixed(1)} us an item, CPU ${cpuMs(before).toFixed(0)} ms)`,
  );
}

async function sync(modules, port, { total, concurrency, batchSize, quiet = false }) {
  const { systemClock, silentLogger, runSync, compileFields } = modules;
  const { connection, close } = open(modules, port, total);
  const heap = watchHeap();
  const before = process.cpuUsage();
  const began = performance.now();
  const result = await runSync({
    source: { connection, endpoint: 'items' },
    target: { connection, endpoint: 'out' },
    ...{ params: [], moreParams: {}, message: {}, fields: compileFields(FIELDS).fields },
    ...{ strict: false, batchSize, concurrency, idempotency: null, memory: null, dryRun: false },
    ...{ onFailed: () => undefined, clock: systemClock, logger: silentLogger, signal: undefined },
  });
  const ms = performance.now() - began;
  const cpu = cpuMs(before);
  const heapMb = heap.stop();
  await close();
  if (!result.success || result.count !== total) throw result.failure ?? new Error('not all');
  if (!quiet) {
    const how =
      batchSize === null ? `item by item, ${concurrency} at once` : `lists of ${batchSize}`;
    console.log(
      `sync: ${total} items in ${result.details.pages} pages, ${how}: ${(ms / 1000).toFixed(1)} s, ` +
        `${Math.round((1000 * total) / ms)} items/s, CPU ${((1000 * cpu) / total).toFixed(0)} us an item, ` +
        `heap at most ${heapMb.toFixed(1)} MB`,
    );
  }
  return { heapMb };
}

function open({ openConnection, readEndpoints, systemClock }, port, total) {
  const endpoints = readEndpoints([
    {
      ...{ name: 'items', path: `/items/${total}` },
      pagination: { kind: 'page', dataPath: 'data', maxPages: 100_000 },
    },
    { name: 'out', path: '/out' },
  ]);
  const settings = {
    ...{ baseUrl: `http://127.0.0.1:${port}`, auth: 'none', apiKeyName: '', apiKeyIn: 'header' },
    ...{ tokenUrl: '', scope: '', audience: '', clientAuth: 'body', defaultHeaders: [], endpoints },
    ...{ timeoutSeconds: 30, retryCount: 1, retryDelaySeconds: 0, maxResponseMb: 32 },
    ...{ breakerThreshold: 5, breakerResetSeconds: 60, allowPrivateNetwork: true },
  };
  return openConnection(
    settings,
    {},
    {
      ...{ clock: systemClock, environment: () => undefined, tls: {} },
      onRefreshToken: () => undefined,
    },
  );
}

/** The largest heap after a collection, seen every 100 ms. */
function watchHeap() {
  setFlagsFromString('--expose-gc');
  const gc = runInNewContext('gc');
  let most = 0;
  const look = () => {
    gc();
    most = Math.max(most, process.memoryUsage().heapUsed);
  };
  const timer = setInterval(look, 100);
  return {
    stop: () => {
      clearInterval(timer);
      look();
      return most / 1024 / 1024;
    },
  };
}

function cpuMs(before) {
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

if (process.argv[2] === 'servers') serve();
else await main();

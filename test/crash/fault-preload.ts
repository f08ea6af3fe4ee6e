import fs from 'node:fs';
import { ServerResponse } from 'node:http';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { isMainThread, MessagePort, Worker } from 'node:worker_threads';
import { HIT_SUFFIX, type Fault, type FaultPoint } from './fault-points';

/**
 * Loaded by `NODE_OPTIONS=--require` into Node-RED and each of its threads, before anything else. It
 * patches methods of the built package and of Node's own modules, so that the sources need no hooks.
 */
const FAULT_FILE = process.env.FAULT_FILE ?? '';
const load = createRequire(resolve('package.json'));

let counted = { id: '', hits: 0 };

/** The process is at this point. */
function at(point: FaultPoint): void {
  const fault = armed();
  if (fault?.point !== point) return;
  if (counted.id !== fault.id) counted = { id: fault.id, hits: 0 };
  if (++counted.hits !== fault.hit) return;
  fs.writeFileSync(FAULT_FILE + HIT_SUFFIX, JSON.stringify(fault));
  if (fault.action === 'kill') process.kill(process.pid, 'SIGKILL');
  if (fault.action === 'end thread') process.exit(1);
  throw new Error('a fault that a test has armed');
}

function armed(): Fault | undefined {
  try {
    return JSON.parse(fs.readFileSync(FAULT_FILE, 'utf8')) as Fault;
  } catch {
    return undefined;
  }
}

type Method = (...args: any[]) => any;

/** Runs `around` in place of a method; it gets the original call and its arguments. */
function wrap(
  target: object,
  name: string,
  around: (call: () => any, args: any[], self: any) => any,
): void {
  const holder = target as Record<string, Method>;
  const original = holder[name];
  if (original === undefined) throw new Error(`There is no ${name} to put a fault into`);
  holder[name] = function (this: unknown, ...args: unknown[]) {
    return around(() => original.apply(this, args), args, this);
  };
}

/** Points around a method that returns a promise: before the call, and when it has resolved. */
function around(target: object, name: string, before: FaultPoint, after: FaultPoint): void {
  wrap(target, name, async (call) => {
    at(before);
    const result = await call();
    at(after);
    return result;
  });
}

if (isMainThread) patchMain();
else if (load('node:worker_threads').threadName === 'webhook-history') patchStoreThread();

function patchMain(): void {
  const { EndpointDispatcher } = load('./dist/src/delivery/endpoint-dispatcher.js');
  const { FlowTracker } = load('./dist/src/delivery/flow-tracker.js');
  const { SqliteEventStore } = load('./dist/src/events/sqlite/client.js');
  const store = SqliteEventStore.prototype as object;
  const tracker = FlowTracker.prototype as object;

  around(EndpointDispatcher.prototype, 'accept', 'verified', 'stored');
  wrap(Worker.prototype, 'postMessage', (call, [batch]) => {
    const carriesEvent = JSON.stringify(batch?.calls ?? []).includes('"accept"');
    if (carriesEvent) at('before enqueue');
    call();
    if (carriesEvent) at('after enqueue');
  });
  wrap(ServerResponse.prototype, 'end', (call, _args, response) => {
    if (response.req.method === 'POST' && response.req.url === '/crash')
      response.once('finish', () => at('answered'));
    return call();
  });
  wrap(store, 'claim', async (call) => {
    const claimed = await call();
    if (claimed.events.length > 0) at('claimed');
    return claimed;
  });
  wrap(tracker, 'start', (call, [, , , , place]) => {
    if (place?.owner !== null && place?.outer === null) at('dispatched');
    return call();
  });
  wrap(tracker, 'onReceive', (call, [event]) => {
    call();
    if (event.destination.id === 'step') at('in the flow');
  });
  around(store, 'park', 'before park', 'after park');
  wrap(store, 'claimJobs', async (call) => {
    const claim = await call();
    if (claim.jobs.length > 0) at('job claimed');
    return claim;
  });
  around(store, 'settleJob', 'before job end', 'after job end');
  around(store, 'endAttempt', 'before end', 'after end');
  around(store, 'recover', 'before take-up', 'taken up');
  wrap(tracker, 'freeze', (call) => {
    call();
    at('flows stopping');
  });
  wrap(tracker, 'thaw', (call) => {
    call();
    at('flows stopped');
  });
  wrap(EndpointDispatcher.prototype, 'open', (call) => {
    at('flows starting');
    call();
  });
}

/** Whatever the store does to make its writes durable: a commit, or a sync of a file of its own. */
function patchStoreThread(): void {
  const sync = (call: () => any): any => {
    at('before sync');
    const result = call();
    at('after sync');
    return result;
  };
  for (const name of ['fsyncSync', 'fdatasyncSync']) wrap(fs, name, sync);
  const { DatabaseSync } = load('node:sqlite');
  wrap(DatabaseSync.prototype, 'exec', (call, [sql]) =>
    /^\s*COMMIT/i.test(sql) ? sync(call) : call(),
  );
  wrap(MessagePort.prototype, 'postMessage', (call, [message]) => {
    if (message?.kind === 'replies') at('before reply');
    return call();
  });
}

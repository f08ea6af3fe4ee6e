/**
 * The store's thread: the only place where the database is open. It takes what has arrived, does it in
 * rounds, and looks after the file in pauses. It never leaves a transaction open between two rounds.
 */
import type { DatabaseSync } from 'node:sqlite';
import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import type { MessagePort } from 'node:worker_threads';
import { errorText, WebhookError } from '../../shared/errors';
import type { StoreProblem } from '../store-problem';
import { Acknowledgements } from './acknowledgements';
import { openDatabase } from './open-database';
import type { Opened } from './open-database';
import { Engine } from './engine';
import type { Pending } from './engine';
import { tryLock } from './file-lock';
import { kindOf } from './problem';
import type { Batch, FromWorker, WorkerSettings } from './protocol';

/** One transaction: more would make its first caller wait; 500 bodies take 31 ms. */
const ROUND_CALLS = 64;
const ROUND_BYTES = 1024 * 1024;
/** While the disk works on a round, the next one waits until it is worth its fixed cost. */
const WORTH_CALLS = 12;
const LOCK_RETRY_MS = 250;
/** A pause this long is used for housekeeping. */
const PAUSE_MS = 200;
/** Age is looked at this often while nothing happens. */
const IDLE_MS = 60_000;

/** One step of the index of texts, and the rest after it, while there are calls and while there are none. */
const INDEX_STEP_MS = 1.5;
const INDEX_REST_MS = { busy: 50, quiet: 1 };
/** After a failure, of a full disk for example. */
const INDEX_AGAIN_MS = 60_000;

if (parentPort === null) throw new Error('The store runs in a worker thread.');
const port: MessagePort = parentPort;
const settings = workerData as WorkerSettings;
const queue: Pending[] = [];
const acknowledgements = new Acknowledgements(
  settings.file,
  (replies) => say({ kind: 'replies', replies }),
  (error) => {
    if (error !== null) throw error;
    if (queue.length > 0) pump();
  },
);
let lock: DatabaseSync | null = null;
let opened: Opened | null = null;
let engine: Engine | null = null;
let pause: NodeJS.Timeout | null = null;
let indexing: NodeJS.Timeout | null = null;
let indexNotBefore = 0;
let calledAt = 0;
/** The main thread's clock, as its last message told it. */
let told = { nowMs: Date.now(), at: performance.now() };
let toldProblem: StoreProblem | null = null;

start(false);

function start(said: boolean): void {
  try {
    lock = tryLock(settings.file);
    if (lock === null) {
      if (!said) say({ kind: 'waiting' });
      setTimeout(() => start(true), LOCK_RETRY_MS);
      return;
    }
    open();
  } catch (error) {
    const code = error instanceof WebhookError ? error.code : 'store-unavailable';
    say({ kind: 'refused', code, text: errorText(error), problem: kindOf(error) });
    port.close();
  }
}

function open(): void {
  const { file, retention, inHand } = settings;
  const nowMs = Date.now();
  const check = inHand === null ? 'if small' : 'in full';
  opened = openDatabase(file, { maxBytes: retention.maxBytes ?? null, nowMs, check });
  engine = new Engine(opened, file, retention, nowMs, (level, text) =>
    say({ kind: 'log', level, text }),
  );
  const report =
    inHand === null
      ? { redelivered: 0, poisoned: 0, jobs: 0, pendingEndpoints: [] }
      : engine.recover(Date.now(), {
          events: new Set(inHand.events),
          jobs: new Set(inHand.jobs),
        });
  say({ kind: 'ready', damage: opened.damage, report });
  port.on('message', (batch: Batch) => {
    take(batch);
    pump();
  });
  rest(PAUSE_MS);
  index();
}

function pump(): void {
  calledAt = performance.now();
  while (engine !== null) {
    for (let next = receiveMessageOnPort(port); next; next = receiveMessageOnPort(port)) {
      take(next.message as Batch);
    }
    if (queue.length === 0 || (acknowledgements.syncing && queue.length < WORTH_CALLS)) break;
    round(engine);
  }
  if (engine === null) return;
  rest(PAUSE_MS);
  index();
}

function take({ calls, bytes, nowMs }: Batch): void {
  told = { nowMs, at: performance.now() };
  for (const call of calls) {
    const slice = bytes === null ? new Uint8Array(0) : new Uint8Array(bytes, call[2], call[3]);
    queue.push({ call, bytes: slice, nowMs });
  }
}

function round(store: Engine): void {
  const first = queue[0]?.call;
  if (first?.[1] === 'close') return close(store, first[0]);
  let bytes = 0;
  let count = 0;
  for (const { call } of queue) {
    if (call[1] === 'close') break;
    bytes += call[3];
    if (count > 0 && (count >= ROUND_CALLS || bytes > ROUND_BYTES)) break;
    count += 1;
  }
  const { replies, durable } = store.round(queue.splice(0, count));
  tellTrouble(store);
  acknowledgements.hold(replies, durable);
  if (store.damaged) throw new Error('the file is damaged, and is checked now');
  store.answered();
}

function tellTrouble({ trouble }: Engine): void {
  if (trouble === toldProblem) return;
  toldProblem = trouble;
  say({ kind: 'trouble', problem: trouble });
}

function close(store: Engine, id: number): void {
  engine = null;
  if (pause !== null) clearTimeout(pause);
  if (indexing !== null) clearTimeout(indexing);
  store.close();
  acknowledgements.hold([], true);
  acknowledgements.close();
  opened?.reader.close();
  opened?.writer.close();
  lock?.close();
  say({ kind: 'replies', replies: [[id, null]] });
  port.close();
}

/** One timer, moved on by each round: no housekeeping beside requests. */
function rest(afterMs: number): void {
  if (pause !== null) clearTimeout(pause);
  pause = setTimeout(() => {
    if (engine === null) return;
    rest(housekeep(engine) ? PAUSE_MS : IDLE_MS);
  }, afterMs);
}

function housekeep(store: Engine): boolean {
  try {
    return store.idle(told.nowMs + performance.now() - told.at);
  } catch (error) {
    say({ kind: 'log', level: 'warn', text: `Housekeeping failed: ${errorText(error)}` });
    return false;
  }
}

/** One timer: it goes on until all is indexed, and never while a call waits. */
function index(): void {
  if (performance.now() < indexNotBefore) return;
  const isQuiet = performance.now() - calledAt > PAUSE_MS;
  indexing ??= setTimeout(
    () => {
      indexing = null;
      if (engine === null) return;
      const isBusy = queue.length > 0 || acknowledgements.syncing;
      if (isBusy || indexStep(engine)) index();
    },
    isQuiet ? INDEX_REST_MS.quiet : INDEX_REST_MS.busy,
  );
}

function indexStep(store: Engine): boolean {
  try {
    return store.indexTexts(INDEX_STEP_MS);
  } catch (error) {
    indexNotBefore = performance.now() + INDEX_AGAIN_MS;
    say({ kind: 'log', level: 'warn', text: `Indexing texts failed: ${errorText(error)}` });
    return false;
  }
}

function say(message: FromWorker): void {
  port.postMessage(message);
}

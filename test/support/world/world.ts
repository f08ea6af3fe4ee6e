import assert from 'node:assert/strict';
import type { AttemptOptions } from '../../../src/delivery/attempt';
import { EndpointDispatcher } from '../../../src/delivery/endpoint-dispatcher';
import type { FlowMessage } from '../../../src/delivery/flow-hooks';
import { PersistentWriter } from '../../../src/delivery/persistent-write';
import { Quarantine } from '../../../src/delivery/quarantine';
import { RetryRunner } from '../../../src/delivery/retry-runner';
import type { RetrySettings } from '../../../src/delivery/retry-settings';
import { loadMessage, storeMessage } from '../../../src/events/message-bytes';
import { RETRY_DEFAULTS } from '../../../src/retry/options';
import { WebhookError } from '../../../src/shared/errors';
import type { Logger } from '../../../src/shared/logger';
import { createFakeClock, type FakeClock } from '../fake-clock';
import { WorldFlow, type FlowHooks, type NodeId } from './flow';
import { MemoryDisk, type Change, type OpenStore } from './memory-disk';
import { aRequest } from './request';
import type { Scope } from './scope';

export const ENDPOINT = '/hooks/world';
const JOBS_TO_STEER =
  "SELECT id FROM retry_jobs WHERE state IN ('waiting', 'exhausting', 'running')";
const START_MS = 1_700_000_000_000;
const DELIVERY_TIMEOUT_MS = 30_000;
const RETRY_TIMEOUT_MS = 60_000;
/** Turns of the event loop from the end of an attempt until what follows from it is written. */
const WRITE_TURNS = 6;

/** How the endpoint and the retry nodes are configured. */
export interface WorldSettings {
  readonly concurrency: number;
  readonly ordered: boolean;
  readonly maxRetries: number;
  readonly quietMs: number;
  readonly catchable: boolean;
  /** The endpoint has `outcome: explicit`. */
  readonly explicit: boolean;
}

/** Node-RED from its start to its death: dispatcher, retry runners, tracker, and the flow. */
class RuntimeProcess {
  readonly clock: FakeClock;
  /** When timers are due, or were before they were cancelled. */
  readonly timers = new Set<number>();
  isDead = false;
  readonly flow: WorldFlow;
  readonly disk: OpenStore;
  readonly dispatcher: EndpointDispatcher;
  readonly runners: ReadonlyMap<NodeId, RetryRunner>;

  constructor(world: World, nowMs: number) {
    this.clock = createFakeClock(nowMs);
    const { after } = this.clock;
    this.clock.after = (ms, callback) => {
      this.timers.add(this.clock.now() + Math.max(0, ms));
      return after(ms, callback);
    };
    const { clock, runners } = { clock: this.clock, runners: new Map<NodeId, RetryRunner>() };
    this.disk = world.disk.open(() => clock.now(), world.complain);
    this.flow = new WorldFlow(
      clock,
      world.settings.catchable,
      world.hooks(this),
      world.newMessageId,
    );
    const logger: Logger = { debug: () => undefined, info: () => undefined, ...world.logger };
    const quarantine = new Quarantine(clock, () => this.wake());
    const { tracker } = this.flow;
    const shared = { tracker, quarantine, clock, logger };
    const tools = { ...shared, writer: new PersistentWriter(clock, logger) };
    const { store } = this.disk;
    this.dispatcher = new EndpointDispatcher(
      {
        ...{ endpoint: ENDPOINT, store, includeRawBody: false, inertResponse: null },
        ...{ concurrency: world.settings.concurrency, ordered: world.settings.ordered },
        maxDecodedBytes: 1000,
        attempt: world.attempt('delivery'),
        send: (msg) => this.flow.send('in', 'top', msg),
      },
      tools,
    );
    for (const nodeId of ['outer', 'inner'] as const) {
      const cloneMessage = (msg: FlowMessage): FlowMessage => loadMessage(storeMessage(msg));
      const settings = this.#retrySettings(world, nodeId);
      const onEventEnded = (): void => this.dispatcher.eventEnded();
      const own = { nodeId, cloneMessage, onEventEnded, random: () => 0.5 };
      const inertResponse = (): null => null;
      runners.set(nodeId, new RetryRunner(settings, { ...tools, ...own, inertResponse }));
    }
    this.runners = runners;
  }

  open(): void {
    this.dispatcher.open();
    for (const runner of this.runners.values()) runner.open();
  }

  close(): void {
    this.dispatcher.close();
    for (const runner of this.runners.values()) runner.close();
  }

  wake(): void {
    this.dispatcher.wake();
    for (const runner of this.runners.values()) runner.wake();
  }

  #retrySettings(world: World, nodeId: 'outer' | 'inner'): RetrySettings {
    const sendAttempt = (msg: FlowMessage): void => this.flow.send(nodeId, `${nodeId}-work`, msg);
    this.flow.senders.set(sendAttempt, nodeId);
    return {
      policy: { ...RETRY_DEFAULTS, maxRetries: world.settings.maxRetries },
      attempt: world.attempt('retry'),
      ...{ concurrency: 2, store: this.disk.store, sendAttempt, onChange: () => undefined },
      sendExhausted: (msg) => this.flow.send(nodeId, `${nodeId}-exhausted`, msg),
    };
  }
}

/** One endpoint with its history, across the deaths of its processes. */
export class World {
  readonly settings: WorldSettings;
  readonly disk = new MemoryDisk();
  /** Events that were acknowledged. */
  readonly acknowledged = new Set<string>();
  /** By event: the hand-overs that ended with the death of the process. */
  readonly #deaths = new Map<string, Set<number>>();
  readonly #changes: Change[] = [];
  /** By event: the number of its last hand-over. */
  readonly handOvers = new Map<string, number>();
  /** What the product wrote into the log as an error. */
  readonly complaints: string[] = [];
  readonly logger = {
    warn: (text: string): void => this.complain(text),
    error: (text: string): void => this.complain(text),
  };
  process: RuntimeProcess;
  #messages = 0;
  #faults: unknown[] = [];

  constructor(settings: WorldSettings) {
    this.settings = settings;
    this.process = new RuntimeProcess(this, START_MS);
    this.#begin();
  }

  newMessageId = (): string => `m${++this.#messages}`;
  complain = (text: string): void => void this.complaints.push(text);

  /** What a process that was killed still does, in this one, is of no interest. */
  hooks(own: RuntimeProcess): FlowHooks {
    return {
      started: (scope) => {
        if (!own.isDead) this.#checkStart(scope);
      },
      retry: (id, task) => {
        own.runners.get(id)?.receive(task.msg, (error) => own.flow.retryDone(task, error));
      },
      isRepeated: ({ owner }) =>
        owner !== null && this.#eventRow(owner.eventId).attempt > owner.eventAttempt,
      broken: (fault) => {
        if (!own.isDead) this.#fault(fault);
      },
    };
  }

  attempt(of: 'delivery' | 'retry'): AttemptOptions {
    const { quietMs, explicit } = this.settings;
    return {
      timeoutMs: of === 'delivery' ? DELIVERY_TIMEOUT_MS : RETRY_TIMEOUT_MS,
      ...{ quietMs, failOnHttpStatus: true, acceptStatus: [] },
      outcome: explicit && of === 'delivery' ? 'explicit' : 'automatic',
    };
  }

  /** A request with an idempotency key; the same key is the same delivery of the sender. */
  receive(key: string | null): void {
    const event = aRequest(ENDPOINT, this.process.clock.now());
    const dedup = key === null ? null : { key, windowMs: 1e9 };
    const { dispatcher } = this.process;
    void dispatcher.accept(event, { dedup, parsed: null }).then((acceptance) => {
      this.acknowledged.add(acceptance.kind === 'stored' ? event.id : acceptance.eventId);
    }, this.#fault);
  }

  replay(replayOf: string): void {
    const event = { ...aRequest(ENDPOINT, this.process.clock.now()), replayOf };
    const { dispatcher } = this.process;
    void dispatcher.replay(event).then(() => this.acknowledged.add(event.id), this.#fault);
  }

  /** A full or partial deploy: these nodes are built anew. */
  async deploy(ids: readonly NodeId[], reportDone: boolean): Promise<void> {
    const { flow } = this.process;
    this.process.close();
    flow.tracker.freeze();
    flow.deploying = true;
    await turns(1);
    flow.closeNodes(ids, reportDone);
    await turns(1);
    flow.tracker.thaw();
    flow.deploying = false;
    flow.buildAgain(ids);
    await turns(1);
    flow.tracker.restarted();
    this.process.open();
  }

  /** What users do by the sidebar, the API or a webhook-replay node. */
  async steer(action: 'replay' | 'discard' | 'retry now' | 'cancel', which: number): Promise<void> {
    const { store } = this.process.disk;
    const isOnJob = action === 'retry now' || action === 'cancel';
    const found = this.disk.rows<{ id: string }>(
      isOnJob ? JOBS_TO_STEER : 'SELECT id FROM events ORDER BY seq',
    );
    const id = found[which % Math.max(1, found.length)]?.id;
    if (id === undefined) return;
    if (action === 'replay') {
      this.replay(id);
      return;
    }
    const done =
      action === 'discard'
        ? store.discard(id)
        : action === 'cancel'
          ? store.cancelJob(id)
          : store.hastenJob(id);
    const changed = (): void => this.process.wake();
    void done.then(changed, this.#unlessRefused);
    await turns(1);
  }

  /** The changes of states since the last call. */
  takeChanges(): readonly Change[] {
    this.#readChanges();
    return this.#changes.splice(0);
  }

  /** The process is killed, and another one starts. */
  crash(): void {
    this.#readChanges();
    const inHand = this.disk.rows<{ id: string; attempt: number }>(
      `SELECT id, attempt FROM events WHERE status = 'processing' OR status = 'retrying' AND outcome IS NULL`,
    );
    for (const { id, attempt } of inHand) {
      this.#deaths.set(id, (this.#deaths.get(id) ?? new Set()).add(attempt));
    }
    const { disk, clock } = this.process;
    this.process.isDead = true;
    disk.kill();
    this.process = new RuntimeProcess(this, clock.now());
    this.#begin();
  }

  /** Time passes; what a timer causes is done, and on disk, before the next one is due. */
  async wait(ms: number): Promise<void> {
    const { clock, timers } = this.process;
    const untilMs = clock.now() + ms;
    for (let nowMs = clock.now(); nowMs < untilMs; nowMs = clock.now()) {
      await turns(WRITE_TURNS);
      for (const atMs of timers) if (atMs <= nowMs) timers.delete(atMs);
      clock.advance(Math.min(untilMs, ...timers) - nowMs);
    }
  }

  /** Everything happens that can happen without the clock. */
  async settle(): Promise<void> {
    for (let still = 0, seen = -1; still < 2; still++) {
      await turns(4);
      await this.process.disk.store.stats();
      const writes = this.process.disk.writes();
      if (writes !== seen) still = 0;
      seen = writes;
    }
    this.check();
  }

  end(): void {
    this.process.disk.kill();
    this.disk.close();
  }

  deaths(eventId: string): number {
    return this.#deaths.get(eventId)?.size ?? 0;
  }

  check(): void {
    const [fault] = this.#faults;
    if (fault !== undefined) throw fault as Error;
    assert.deepEqual(this.complaints, []);
  }

  #begin(): void {
    const { disk, clock, dispatcher } = this.process;
    const own = this.process;
    void disk.store.recover(clock.now()).then(() => {
      if (own !== this.process) return;
      dispatcher.serve(['POST']);
      own.open();
    }, this.#fault);
  }

  #eventRow(id: string): { readonly attempt: number; readonly status: string } {
    const [row] = this.disk.rows<{ attempt: number; status: string }>(
      'SELECT attempt, status FROM events WHERE id = ?',
      id,
    );
    assert.ok(row, `the event ${id} is in the store`);
    return row;
  }

  #readChanges(): void {
    for (const change of this.disk.takeChanges()) {
      this.#changes.push(change);
      // Its sender sent it again: a new life.
      if (change.before === 'failed') this.#deaths.delete(change.id);
    }
  }

  #unlessRefused = (thrown: unknown): void => {
    if (!(thrown instanceof WebhookError && thrown.code === 'conflict')) this.#fault(thrown);
  };

  #fault = (thrown: unknown): void => void this.#faults.push(thrown);

  #checkStart(scope: Scope): void {
    try {
      // What a time-out has left behind may still reach a retry node.
      if (scope.kind !== 'first try' && scope.owner !== null)
        this.#checkHandOver(scope, scope.owner);
    } catch (thrown) {
      this.#fault(thrown);
    }
  }

  /** Rules 1 to 3, at the moment in which the flow gets an event or a job. */
  #checkHandOver(scope: Scope, owner: NonNullable<Scope['owner']>): void {
    this.#readChanges();
    const { eventId, eventAttempt } = owner;
    const row = this.#eventRow(eventId);
    assert.equal(row.attempt, eventAttempt, 'nothing of an earlier hand-over starts');
    assert.notEqual(row.status, 'pending', 'a hand-over is on disk before it happens');
    if (scope.kind !== 'delivery') return;
    const living = this.process.flow.scopes.filter(
      (other) => other.isLiving && other.owner?.eventId === eventId,
    );
    assert.deepEqual(
      living.map(({ kind }) => kind),
      [],
      'beside a living attempt',
    );
    assert.ok(eventAttempt > (this.handOvers.get(eventId) ?? 0), 'each hand-over has a number');
    this.handOvers.set(eventId, eventAttempt);
    assert.ok(this.deaths(eventId) < 3, 'handed over after three deaths');
    if (!this.settings.ordered) return;
    const others = this.disk.rows(
      `SELECT id FROM events WHERE status IN ('processing', 'retrying') AND id <> ?`,
      eventId,
    );
    assert.deepEqual(others, [], 'in order: one at a time');
  }
}

export async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) {
    await new Promise<void>((resolve) => void setImmediate(resolve));
  }
}

/** Does something in an asynchronous context of its own, as a node does. */
export function apart(work: () => void): Promise<void> {
  return new Promise((resolve, reject) => {
    setImmediate(() => {
      try {
        work();
        resolve();
      } catch (thrown) {
        // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- as it is
        reject(thrown);
      }
    });
  });
}

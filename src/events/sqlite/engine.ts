import type { DatabaseSync } from 'node:sqlite';
import { errorText, WebhookError } from '../../shared/errors';
import type { RecoveryReport, RetentionLimits } from '../event-store';
import type { StoreProblem } from '../store-problem';
import { isCorrupt, isFull, leftBytes, limitSize, pragma } from './database';
import type { Opened } from './open-database';
import { ClaimedEvents } from './claimed-events';
import { Deliveries } from './deliveries';
import type { Claimed } from './deliveries';
import { isRead } from './protocol';
import type { Call, Read, Reply, Write } from './protocol';
import { Interventions } from './interventions';
import { WriteTrouble } from './problem';
import { Queries } from './queries';
import { countRecent } from './recent-activity';
import { Retention } from './retention';
import { Retries } from './retries';
import { SyncQueries } from './sync-table';
import { Tables } from './tables';
import { WalKeeper } from './wal-keeper';

/** A call with its bytes and the time at which it was made. */
export interface Pending {
  readonly call: Call;
  readonly bytes: Uint8Array;
  readonly nowMs: number;
}

export interface InHand {
  readonly events: ReadonlySet<string>;
  readonly jobs: ReadonlySet<string>;
}

export interface Round {
  /** In the order of the calls. */
  readonly replies: readonly Reply[];
  /** On disk, with all rounds before; otherwise the WAL is to be synced before anybody is answered. */
  readonly durable: boolean;
}

type Log = (level: 'info' | 'warn' | 'error', text: string) => void;
type Result = { readonly value: unknown } | { readonly error: unknown };

/** What a round needs besides its bodies. */
const ROOM_FOR_ROWS_BYTES = 64 * 1024;
/** More calls than this in a round: requests wait for the disk. */
const UNHURRIED_CALLS = 8;

/**
 * Group commit: a round of calls is one transaction, and nobody is answered before it is on disk: small
 * rounds wait for that in their commit, of large ones the caller syncs the WAL (see Acknowledgements).
 * A call that is refused fails alone; one that fails half-way takes the round back, which is then
 * done again call by call, so that no half of an operation is ever committed.
 */
export class Engine {
  readonly #db: DatabaseSync;
  readonly #tables: Tables;
  readonly #deliveries: Deliveries;
  readonly #retries: Retries;
  readonly #interventions: Interventions;
  readonly #claimed: ClaimedEvents;
  readonly #queries: Queries;
  readonly #syncQueries: SyncQueries;
  readonly #retention: Retention;
  readonly #wal: WalKeeper;
  readonly #log: Log;
  /** The last commit waited for the disk. */
  #durable = true;
  #damaged = false;
  readonly #trouble = new WriteTrouble();

  constructor(
    { writer, reader }: Opened,
    file: string,
    limits: RetentionLimits,
    nowMs: number,
    log: Log,
  ) {
    this.#db = writer;
    this.#log = log;
    this.#tables = new Tables(writer);
    countRecent(writer, this.#tables.activity, nowMs);
    this.#deliveries = new Deliveries(this.#tables);
    this.#retries = new Retries(this.#tables);
    this.#interventions = new Interventions(this.#tables, this.#retries);
    this.#queries = new Queries(reader, file);
    this.#syncQueries = new SyncQueries(reader);
    this.#retention = new Retention(writer, this.#tables, limits, (text) => log('warn', text));
    this.#wal = new WalKeeper(writer);
    this.#claimed = new ClaimedEvents({
      queries: this.#queries,
      deliveries: this.#deliveries,
      transaction: (work) => this.#transaction(work),
      log,
    });
  }

  /** Does a round of calls. */
  round(pending: readonly Pending[]): Round {
    const writes = pending.filter(({ call }) => !isRead(call));
    const results = new Map<Pending, Result>();
    if (writes.length > 0) this.#write(writes, results);
    const replies = pending.map((one) => {
      const result = results.get(one) ?? attempt(() => this.#read(one.call as Read));
      const answer = 'value' in result ? this.#complete(one, result) : result;
      if ('error' in answer) this.#noticeDamage(answer.error);
      return reply(one.call[0], answer);
    });
    return { replies, durable: this.#durable };
  }

  /** SQLite found the file damaged: it must be checked before anything else is written to it. */
  get damaged(): boolean {
    return this.#damaged;
  }

  /** What keeps the last writes from the disk; null: nothing. */
  get trouble(): StoreProblem | null {
    return this.#trouble.problem;
  }

  #noticeDamage(error: unknown): void {
    if (!isCorrupt(error) || this.#damaged) return;
    this.#damaged = true;
    this.#log('error', `The history file is damaged: ${errorText(error)}`);
  }

  /** To be called when a round's answers are sent: what is due now makes nobody of that round wait. */
  answered(): void {
    try {
      this.#wal.answered();
    } catch (error) {
      this.#log('warn', `The checkpoint of the history failed: ${errorText(error)}`);
    }
  }

  /** Puts back what is not in the hands of this process; null: the process is new. */
  recover(nowMs: number, inHand: InHand | null): RecoveryReport {
    return this.#transaction(() => this.#recover(nowMs, inHand));
  }

  /** A slice of housekeeping while nothing waits; false: nothing more to do for now. */
  idle(nowMs: number): boolean {
    // A file that was larger than its ceiling when that was set may have become smaller.
    limitSize(this.#db, this.#retention.limits.maxBytes ?? null);
    const removed = this.#transaction(() => this.#retention.slice(nowMs, 'in a pause'));
    this.#retention.report(nowMs);
    this.#claimed.settle(nowMs);
    this.#flushSecretTimes();
    return this.#wal.idle() || removed > 0;
  }

  /** A history that can't be written any more must be closable. */
  close(): void {
    attempt(() => this.#flushSecretTimes());
    this.#wal.truncate();
  }

  #flushSecretTimes(): void {
    const { secretTimes } = this.#tables;
    if (secretTimes.isBehind) this.#transaction(() => secretTimes.flush());
  }

  #write(writes: readonly Pending[], results: Map<Pending, Result>, again = false): void {
    const hurry = writes.length > UNHURRIED_CALLS;
    this.#tables.bodies.hurry = hurry;
    try {
      this.#transaction(
        () => {
          for (const one of writes) results.set(one, this.#apply(one));
          this.#retention.slice(writes.at(-1)?.nowMs ?? 0, 'beside writes');
        },
        { durable: !hurry },
      );
    } catch (error) {
      this.#failed(error, writes, results, again);
      return;
    }
    const bytes = bytesOf(writes);
    this.#wal.written(bytes);
    this.#trouble.wrote(bytes, writes.at(-1)?.nowMs ?? 0);
  }

  #failed(
    error: unknown,
    writes: readonly Pending[],
    results: Map<Pending, Result>,
    again: boolean,
  ): void {
    const madeRoom = isFull(error) && !again && this.#makeRoom(writes);
    for (const one of writes) {
      if (writes.length > 1 || madeRoom) this.#write([one], results, writes.length === 1);
      else {
        results.set(one, { error });
        const bytes = one.bytes.length;
        this.#trouble.failed(
          error,
          bytes,
          one.nowMs,
          () => leftBytes(this.#db) < bytes + ROOM_FOR_ROWS_BYTES,
        );
      }
    }
  }

  /**
   * The disk or the file's ceiling is reached: give back the WAL's space, evict what may go.
   * True: it is worth another try.
   */
  #makeRoom(writes: readonly Pending[]): boolean {
    const nowMs = writes.at(-1)?.nowMs ?? 0;
    const roomBytes = bytesOf(writes) + ROOM_FOR_ROWS_BYTES;
    try {
      this.#wal.truncate();
      return this.#transaction(() => this.#retention.slice(nowMs, 'for room', roomBytes)) > 0;
    } catch (error) {
      this.#log('error', `No room for the history: ${errorText(error)}`);
      return false;
    }
  }

  /** A refusal is a result: it came before anything was written. Any other error ends the round. */
  #apply({ call, bytes, nowMs }: Pending): Result {
    try {
      return { value: this.#operate(call as Write, bytes, nowMs) };
    } catch (error) {
      if (error instanceof WebhookError) return { error };
      throw error;
    }
  }

  #operate(call: Write, bytes: Uint8Array, nowMs: number): unknown {
    const deliveries = this.#deliveries;
    switch (call[1]) {
      case 'accept':
        return deliveries.accept(call[4], bytes, nowMs);
      case 'endAttempt':
        return deliveries.endAttempt(...call[4], nowMs);
      case 'claim':
        return deliveries.claim(call[4], nowMs);
      case 'interrupt':
        return deliveries.interrupt(...call[4], nowMs);
      case 'addToTrail':
        return deliveries.addToTrail(...call[4]);
      case 'park':
        return this.#retries.park(call[4], bytes, nowMs);
      case 'claimJobs':
        return this.#retries.claim(call[4], nowMs);
      case 'settleJob':
        return this.#retries.settle(call[4], nowMs);
      case 'requeue':
        return deliveries.requeue(...call[4], nowMs);
      case 'remove':
        return this.#interventions.remove(...call[4]);
      case 'discard':
        return this.#interventions.discard(...call[4], nowMs);
      case 'cancelJob':
        return this.#interventions.cancelJob(...call[4], nowMs);
      case 'hastenJob':
        return this.#interventions.hastenJob(...call[4], nowMs);
      case 'recover':
        return this.#recover(call[4][0], null);
      case 'reject':
        return this.#tables.rejections.insert(call[4]);
      case 'forgetSecretMatches':
        return this.#forgetSecrets(...call[4]);
      case 'setRetention':
        return this.#setRetention(...call[4]);
      case 'saveSync':
        return this.#tables.syncs.save(call[4], nowMs);
    }
  }

  #setRetention(limits: RetentionLimits): null {
    this.#retention.limits = limits;
    limitSize(this.#db, limits.maxBytes ?? null);
    return null;
  }

  #forgetSecrets(endpoint: string): null {
    const { endpoints, secretTimes } = this.#tables;
    const id = endpoints.find(endpoint);
    if (id !== undefined) secretTimes.forget(id, endpoint);
    return null;
  }

  #recover(nowMs: number, inHand: InHand | null): RecoveryReport {
    const events = this.#deliveries.recover(nowMs, inHand?.events ?? null);
    const { jobs, poisoned } = this.#retries.recover(nowMs, inHand?.jobs ?? null);
    return { ...events, jobs, poisoned: events.poisoned + poisoned };
  }

  #read(call: Read): unknown {
    switch (call[1]) {
      case 'list':
        return this.#queries.list(call[4]);
      case 'get':
        return this.#queries.get(call[4]);
      case 'summaries':
        return this.#queries.summaries(call[4]);
      case 'activity':
        return this.#tables.activity.read(...call[4]);
      case 'jobs':
        return this.#queries.jobs(call[4]);
      case 'rejections':
        return this.#queries.rejections(call[4]);
      case 'recallSync':
        return this.#syncQueries.recall(call[4]);
      case 'waiting':
        return this.#queries.waiting(call[4]);
      case 'pendingRoutes':
        return this.#queries.pendingRoutes();
      case 'stats': {
        const { byStatus, openJobs, rejections } = this.#tables.tally;
        return { byStatus, openJobs, rejections, bytes: this.#queries.fileBytes() };
      }
      case 'measures': {
        const { totals, tally } = this.#tables;
        const { byStatus, openJobs } = tally;
        const bytes = this.#queries.fileBytes();
        return { totals: totals.read(), events: byStatus, openJobs, bytes };
      }
      case 'secretMatches':
        return this.#tables.secretTimes.all();
      case 'pragmas':
        return this.#pragmas();
    }
  }

  /** A claim answers with whole events, which are read after its commit. */
  #complete({ call, nowMs }: Pending, result: { readonly value: unknown }): Result {
    if (call[1] !== 'claim') return result;
    return attempt(() => this.#claimed.read(result.value as Claimed, nowMs));
  }

  /** `durable`: its commit waits for the disk, for all commits before it as well. */
  #transaction<T>(work: () => T, { durable = true } = {}): T {
    const { tally, activity, totals, endpoints, dedup, events, secretTimes } = this.#tables;
    tally.mark();
    activity.mark();
    totals.mark();
    dedup.mark();
    if (!durable) this.#db.exec('PRAGMA synchronous = NORMAL');
    try {
      this.#db.exec('BEGIN IMMEDIATE');
      const value = work();
      this.#db.exec('COMMIT');
      this.#durable = durable;
      return value;
    } catch (error) {
      attempt(() => this.#db.exec('ROLLBACK'));
      tally.revert();
      activity.revert();
      totals.revert();
      dedup.revert();
      events.forgetFresh();
      attempt(() => endpoints.reload());
      attempt(() => secretTimes.reload());
      throw error;
    } finally {
      if (!durable) this.#db.exec('PRAGMA synchronous = FULL');
    }
  }

  #pragmas(): Record<string, string | number> {
    const names = ['journal_mode', 'synchronous', 'page_size', 'wal_autocheckpoint', 'auto_vacuum'];
    return Object.fromEntries(names.map((name) => [name, pragma(this.#db, name)]));
  }
}

function bytesOf(writes: readonly Pending[]): number {
  return writes.reduce((sum, { bytes }) => sum + bytes.length, 0);
}

function attempt(work: () => unknown): Result {
  try {
    return { value: work() };
  } catch (error) {
    return { error };
  }
}

function reply(id: number, result: Result): Reply {
  if ('value' in result) return [id, result.value];
  const { error } = result;
  if (error instanceof WebhookError) return [id, null, error.code, error.message];
  return [id, null, 'store-unavailable', `The history cannot be written: ${errorText(error)}.`];
}

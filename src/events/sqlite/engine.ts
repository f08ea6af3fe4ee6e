import type { DatabaseSync } from 'node:sqlite';
import { errorText, WebhookError } from '../../shared/errors';
import type { RecoveryReport, RetentionLimits } from '../event-store';
import type { StoreProblem } from '../store-problem';
import { ClaimedEvents } from './claimed-events';
import { isCorrupt, isFull, leftBytes, limitSize } from './database';
import type { Claimed } from './deliveries';
import type { Opened } from './open-database';
import { Operations } from './operations';
import type { InHand } from './operations';
import { WriteTrouble } from './problem';
import { isRead } from './protocol';
import type { Call, Read, Reply, Write } from './protocol';
import { isAboutEvents, Questions } from './questions';
import { countRecent } from './recent-activity';
import { Retention } from './retention';
import { Tables } from './tables';
import { TextIndexer } from './text-indexer';
import { Transactions } from './transactions';
import { WalKeeper } from './wal-keeper';

/** A call with its bytes and the time at which it was made. */
export interface Pending {
  readonly call: Call;
  readonly bytes: Uint8Array;
  readonly nowMs: number;
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
  readonly #transactions: Transactions;
  readonly #operations: Operations;
  readonly #questions: Questions;
  readonly #claimed: ClaimedEvents;
  readonly #retention: Retention;
  readonly #wal: WalKeeper;
  readonly #texts: TextIndexer;
  readonly #log: Log;
  #damaged = false;
  readonly #trouble = new WriteTrouble();

  constructor(opened: Opened, file: string, limits: RetentionLimits, nowMs: number, log: Log) {
    const { writer } = opened;
    this.#db = writer;
    this.#log = log;
    this.#tables = new Tables(writer);
    countRecent(writer, this.#tables.activity, nowMs);
    this.#transactions = new Transactions(writer, this.#tables);
    this.#retention = new Retention(writer, this.#tables, limits, (text) => log('warn', text));
    this.#operations = new Operations(writer, this.#tables, this.#retention);
    this.#questions = new Questions(opened, file, this.#tables);
    this.#wal = new WalKeeper(writer);
    this.#texts = new TextIndexer({
      reader: opened.reader,
      parts: this.#tables.texts,
      tally: this.#tables.tally,
      transaction: (work) => this.#transactions.run(work, { durable: false, isAwaited: false }),
      written: (bytes) => this.#wal.written(bytes),
    });
    this.#claimed = new ClaimedEvents({
      queries: this.#questions.queries,
      deliveries: this.#operations.deliveries,
      transaction: (work) => this.#transactions.run(work),
      log,
    });
  }

  /** Does a round of calls. */
  round(pending: readonly Pending[]): Round {
    const writes = pending.filter(({ call }) => !isRead(call));
    const results = new Map<Pending, Result>();
    if (writes.length > 0) this.#write(writes, results);
    if (pending.some(({ call }) => isAboutEvents(call))) attempt(() => this.#writeLazy());
    const replies = pending.map((one) => {
      const result = results.get(one) ?? attempt(() => this.#questions.answer(one.call as Read));
      const answer = 'value' in result ? this.#complete(one, result) : result;
      if ('error' in answer) this.#noticeDamage(answer.error);
      return reply(one.call[0], answer);
    });
    return { replies, durable: this.#transactions.areDurable };
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
    if (this.#tables.repeats.isDue) attempt(() => this.#writeLazy());
    try {
      this.#wal.answered();
    } catch (error) {
      this.#log('warn', `The checkpoint of the history failed: ${errorText(error)}`);
    }
  }

  /** Puts back what is not in the hands of this process; null: the process is new. */
  recover(nowMs: number, inHand: InHand | null): RecoveryReport {
    return this.#transactions.run(() => this.#operations.recover(nowMs, inHand));
  }

  /** A slice of housekeeping while nothing waits; false: nothing more to do for now. */
  idle(nowMs: number): boolean {
    // A file that was larger than its ceiling when that was set may have become smaller.
    limitSize(this.#db, this.#retention.limits.maxBytes ?? null);
    const removed = this.#transactions.run(() => this.#retention.slice(nowMs, 'in a pause'));
    this.#retention.report(nowMs);
    this.#claimed.settle(nowMs);
    this.#writeLazy();
    return this.#wal.idle() || removed > 0;
  }

  /** A step of the index of texts, of about so many milliseconds; false: nothing to do for now. */
  indexTexts(forMs: number): boolean {
    const more = !this.#damaged && this.#texts.step(performance.now() + forMs);
    this.answered();
    return more;
  }

  /** A history that can't be written any more must be closable. */
  close(): void {
    attempt(() => this.#writeLazy());
    this.#wal.truncate();
  }

  /** What was counted in memory so that no request waits for it. */
  #writeLazy(): void {
    const { repeats, secretTimes } = this.#tables;
    if (!repeats.isBehind && !secretTimes.isBehind) return;
    this.#transactions.run(() => {
      repeats.flush();
      secretTimes.flush();
    });
  }

  #write(writes: readonly Pending[], results: Map<Pending, Result>, again = false): void {
    const hurry = writes.length > UNHURRIED_CALLS;
    this.#tables.bodies.hurry = hurry;
    try {
      this.#transactions.run(
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
      return this.#transactions.run(() => this.#retention.slice(nowMs, 'for room', roomBytes)) > 0;
    } catch (error) {
      this.#log('error', `No room for the history: ${errorText(error)}`);
      return false;
    }
  }

  /** A refusal is a result: it came before anything was written. Any other error ends the round. */
  #apply({ call, bytes, nowMs }: Pending): Result {
    try {
      return { value: this.#operations.perform(call as Write, bytes, nowMs) };
    } catch (error) {
      if (error instanceof WebhookError) return { error };
      throw error;
    }
  }

  /** A claim answers with whole events, which are read after its commit. */
  #complete({ call, nowMs }: Pending, result: { readonly value: unknown }): Result {
    if (call[1] !== 'claim') return result;
    return attempt(() => this.#claimed.read(result.value as Claimed, nowMs));
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

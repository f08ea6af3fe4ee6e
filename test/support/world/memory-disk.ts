import { devNull } from 'node:os';
import { DatabaseSync } from 'node:sqlite';
import { Channel } from '../../../src/events/sqlite/channel';
import { SqliteEventStore } from '../../../src/events/sqlite/client';
import { Engine } from '../../../src/events/sqlite/engine';
import type { Batch } from '../../../src/events/sqlite/protocol';
import { migrate } from '../../../src/events/sqlite/schema/migrations';
import type { StoreThread } from '../../../src/events/sqlite/thread';

const NO_BOUND = { maxQueued: 1e9, maxQueuedBytes: 1e9 };
const KEEP_ALL = { maxEvents: 1e9, maxAgeMs: null };

export interface Change {
  readonly kind: 'event' | 'job';
  readonly id: string;
  readonly before: string;
  readonly after: string;
}

/** A store as one process sees it; `kill` ends that process between two instructions of its own. */
export interface OpenStore {
  readonly store: SqliteEventStore;
  /** Calls that were sent to the store, those that only read not counted. */
  readonly writes: () => number;
  kill(): void;
}

/**
 * The real SQLite engine on a database in memory, without its thread: each batch of calls is one commit,
 * one turn of the event loop later, and is answered after another turn. So a process may be killed before
 * the commit, or between the commit and the answer, and the same steps always give the same history.
 */
export class MemoryDisk {
  readonly db = new DatabaseSync(':memory:');

  constructor() {
    migrate(this.db);
    this.db.exec(`
      CREATE TABLE changes (kind TEXT, id TEXT, before TEXT, after TEXT);
      CREATE TRIGGER event_changes AFTER UPDATE OF status ON events WHEN old.status <> new.status
        BEGIN INSERT INTO changes VALUES ('event', new.id, old.status, new.status); END;
      CREATE TRIGGER job_changes AFTER UPDATE OF state ON retry_jobs WHEN old.state <> new.state
        BEGIN INSERT INTO changes VALUES ('job', new.id, old.state, new.state); END;`);
  }

  /** As a process that starts does; the one before is dead. */
  open(now: () => number, log: (text: string) => void): OpenStore {
    const opened = { writer: this.db, reader: this.db, damage: null };
    const engine = new Engine(opened, devNull, KEEP_ALL, now(), (_level, text) => log(text));
    const channel = new Channel(NO_BOUND, now);
    let alive = true;
    let writes = 0;
    channel.connect(({ calls, bytes, nowMs }: Batch) => {
      if (calls.some(([, name]) => name !== 'stats')) writes += 1;
      const pending = calls.map((call) => ({
        call,
        bytes: bytes === null ? new Uint8Array(0) : new Uint8Array(bytes, call[2], call[3]),
        nowMs,
      }));
      setImmediate(() => {
        if (!alive) return;
        const { replies } = engine.round(pending);
        setImmediate(() => alive && channel.answer(replies));
      });
    });
    const thread = { retention: KEEP_ALL, end: () => Promise.resolve() } as unknown as StoreThread;
    const inHand = { events: new Set<string>(), jobs: new Set<string>() };
    return {
      store: new SqliteEventStore(channel, thread, inHand, null),
      writes: () => writes,
      kill: () => void (alive = false),
    };
  }

  /** The changes since the last call. */
  takeChanges(): Change[] {
    const changes = this.rows<Change>('SELECT kind, id, before, after FROM changes ORDER BY rowid');
    this.db.exec('DELETE FROM changes');
    return changes;
  }

  rows<Row>(sql: string, ...values: (string | number)[]): Row[] {
    const rows = this.db.prepare(sql).all(...values);
    return rows.map((row) => ({ ...row })) as Row[];
  }

  close(): void {
    this.db.close();
  }
}

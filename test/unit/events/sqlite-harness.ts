import { copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Worker } from 'node:worker_threads';
import { openSqliteStore } from '../../../src/events/sqlite/open';
import type { SqliteEventStore, SqliteStoreOptions } from '../../../src/events/sqlite/open';
import { startWorker } from '../../../src/events/sqlite/thread';
import { silentLogger } from '../../../src/shared/logger';

export const KEEP_ALL = { maxEvents: 100_000, maxAgeMs: null };

/** A folder with histories, and the stores that a test opened in it. */
export class Histories {
  readonly folder = mkdtempSync(join(tmpdir(), 'history-'));
  readonly workers: Worker[] = [];
  readonly #stores: SqliteEventStore[] = [];
  #copies = 0;

  path(name = 'history.sqlite'): string {
    return join(this.folder, name);
  }

  async open(options: Partial<SqliteStoreOptions> = {}): Promise<SqliteEventStore> {
    const store = await openSqliteStore({
      file: this.path(),
      logger: silentLogger,
      retention: KEEP_ALL,
      startWorker: (settings) => {
        const worker = startWorker(settings);
        this.workers.push(worker);
        return worker;
      },
      ...options,
    });
    this.#stores.push(store);
    return store;
  }

  /** What is on disk at this moment, as a process would find it whose predecessor was killed. */
  copyOfDisk(file: string): string {
    const copy = this.path(`copy-${++this.#copies}.sqlite`);
    for (const suffix of ['', '-wal']) {
      if (existsSync(file + suffix)) copyFileSync(file + suffix, copy + suffix);
    }
    return copy;
  }

  async end(): Promise<void> {
    await Promise.all(this.#stores.map((store) => store.close()));
    rmSync(this.folder, { recursive: true });
  }
}

/** A clock that stands still until it is set. */
export class SetClock {
  nowMs = 1_000;
  now = (): number => this.nowMs;
  after = (): { cancel(): void } => ({ cancel: () => undefined });
}

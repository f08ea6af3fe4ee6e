import type { DatabaseSync } from 'node:sqlite';
import { pragma } from './database';
import type { Opened } from './open-database';
import type { Call, Read } from './protocol';
import { Queries } from './queries';
import { SyncQueries } from './sync-table';
import type { Tables } from './tables';

/** Questions whose answer says how often an event was sent again. */
const ABOUT_EVENTS: readonly string[] = ['list', 'get', 'summaries'] satisfies Read[1][];

export function isAboutEvents(call: Call): boolean {
  return ABOUT_EVENTS.includes(call[1]);
}

/** Answers the calls that only read: after the commit of the round, on the reading connection or from memory. */
export class Questions {
  readonly queries: Queries;
  readonly #writer: DatabaseSync;
  readonly #tables: Tables;
  readonly #syncQueries: SyncQueries;

  constructor({ writer, reader }: Pick<Opened, 'writer' | 'reader'>, file: string, tables: Tables) {
    this.#writer = writer;
    this.#tables = tables;
    this.queries = new Queries(reader, file, tables.texts);
    this.#syncQueries = new SyncQueries(reader);
  }

  answer(call: Read): unknown {
    switch (call[1]) {
      case 'list':
        return this.queries.list(call[4]);
      case 'get':
        return this.queries.get(call[4]);
      case 'summaries':
        return this.queries.summaries(call[4]);
      case 'activity':
        return this.#tables.activity.read(...call[4]);
      case 'jobs':
        return this.queries.jobs(call[4]);
      case 'rejections':
        return this.queries.rejections(call[4]);
      case 'recallSync':
        return this.#syncQueries.recall(call[4]);
      case 'waiting':
        return this.queries.waiting(call[4]);
      case 'pendingRoutes':
        return this.queries.pendingRoutes();
      case 'stats': {
        const { byStatus, openJobs, rejections } = this.#tables.tally;
        return { byStatus, openJobs, rejections, bytes: this.queries.fileBytes() };
      }
      case 'measures': {
        const { totals, tally } = this.#tables;
        const { byStatus, openJobs } = tally;
        const bytes = this.queries.fileBytes();
        return { totals: totals.read(), events: byStatus, openJobs, bytes };
      }
      case 'secretMatches':
        return this.#tables.secretTimes.all();
      case 'pragmas':
        return this.#pragmas();
    }
  }

  #pragmas(): Record<string, string | number> {
    const names = ['journal_mode', 'synchronous', 'page_size', 'wal_autocheckpoint', 'auto_vacuum'];
    return Object.fromEntries(names.map((name) => [name, pragma(this.#writer, name)]));
  }
}

import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { mock } from 'node:test';
import { Deliveries } from '../../../src/events/sqlite/deliveries';
import { EventSearch } from '../../../src/events/sqlite/event-search';
import { Interventions } from '../../../src/events/sqlite/interventions';
import type { AcceptArgs } from '../../../src/events/sqlite/protocol';
import { Retention } from '../../../src/events/sqlite/retention';
import { Retries } from '../../../src/events/sqlite/retries';
import { migrate } from '../../../src/events/sqlite/schema/migrations';
import { Tables } from '../../../src/events/sqlite/tables';
import { Transactions } from '../../../src/events/sqlite/transactions';
import { TextIndexer } from '../../../src/events/sqlite/text-indexer';
import { newId } from '../../../src/shared/ids';

/** Parts of two blocks, of eight events each. */
const SIZES = { worthEvents: 4, worthSurvivors: 5, partBlocks: 2 };

export type Status = 'success' | 'failed';

/** The tables of the store's thread with its index of texts, in memory, and what a search is to find. */
export class Texts {
  readonly db = new DatabaseSync(':memory:');
  /** Texts of stored events by their ids, oldest first. */
  readonly stored = new Map<string, string>();
  /** That were asked for. */
  pages = 0;
  #tables: Tables;
  #indexer: TextIndexer;
  #search: EventSearch;
  #retention: Retention;

  constructor() {
    migrate(this.db);
    this.#tables = new Tables(this.db);
    this.#indexer = this.#makeIndexer();
    this.#search = new EventSearch(this.db, this.#tables.texts);
    this.#retention = this.#makeRetention();
  }

  /** As after a crash: memory is lost. */
  reopen(): void {
    this.#tables = new Tables(this.db);
    this.#indexer = this.#makeIndexer();
    this.#search = new EventSearch(this.db, this.#tables.texts);
    this.#retention = this.#makeRetention();
  }

  #makeIndexer(): TextIndexer {
    return new TextIndexer({
      reader: this.db,
      parts: this.#tables.texts,
      tally: this.#tables.tally,
      transaction: (work) => this.#transaction(work),
      written: () => undefined,
      sizes: SIZES,
    });
  }

  #makeRetention(): Retention {
    const limits = { maxEvents: 1_000, maxAgeMs: null };
    return new Retention(this.db, this.#tables, limits, () => undefined);
  }

  store(text: string, status: Status = 'success'): string {
    const id = newId();
    this.#transaction(() => this.#insert(id, text, status));
    this.stored.set(id, text);
    return id;
  }

  /** A round that fails after it has stored an event. */
  storeInVain(text: string): void {
    const work = (): never => {
      this.#insert(newId(), text, 'success');
      throw new Error('the round failed');
    };
    assert.throws(() => this.#transaction(work), /the round failed/);
  }

  #insert(id: string, text: string, status: Status): void {
    const { events } = this.#tables;
    const args: AcceptArgs = [
      ...[id, '/a', 'a', 'none', null, null, 1, null, null],
      ...['POST', '/a', '{}', null, 0, true, null, 0],
    ] as never;
    new Deliveries(this.#tables).accept(args, Buffer.from(text), 1);
    events.change(events.require(id), { status, outcome: status, unfinished: 0 }, 1);
  }

  remove(id: string): void {
    const interventions = new Interventions(this.#tables, new Retries(this.#tables));
    this.#transaction(() => interventions.remove([id]));
    this.stored.delete(id);
  }

  /** A round that fails after it has removed an event. */
  removeInVain(id: string): void {
    const interventions = new Interventions(this.#tables, new Retries(this.#tables));
    const work = (): never => {
      interventions.remove([id]);
      throw new Error('the round failed');
    };
    assert.throws(() => this.#transaction(work), /the round failed/);
  }

  /** Retention down to so many events of each kind. */
  keep(maxEvents: number): void {
    this.#retention.limits = { maxEvents, maxAgeMs: null };
    while (this.#transaction(() => this.#retention.slice(1, 'beside writes')) > 0);
    const left = new Set(
      this.db
        .prepare('SELECT id FROM events')
        .all()
        .map(({ id }) => id),
    );
    for (const id of this.stored.keys()) if (!left.has(id)) this.stored.delete(id);
  }

  /** Steps of one event each; false: nothing is left to do. */
  index(steps = Infinity): boolean {
    for (let n = 0; n < steps; n++) if (!this.#indexer.step(0)) return false;
    return true;
  }

  /** Page after page, as a user goes on; newest first. In a hurry each page is cut short as early as can be. */
  found(text: string, limit = 3, isHurried = false): string[] {
    if (!isHurried) return this.#pages(text, limit);
    let now = 0;
    const clock = mock.method(performance, 'now', () => (now += 1_000));
    try {
      return this.#pages(text, limit);
    } finally {
      clock.mock.restore();
    }
  }

  #pages(text: string, limit: number): string[] {
    const seqs: number[] = [];
    for (let before: string | undefined; ;) {
      const query = { text, limit, ...(before === undefined ? {} : { before }) };
      const page = this.#search.find(query);
      this.pages += 1;
      seqs.push(...page.seqs);
      if (page.next === null) break;
      assert.notEqual(page.next, before, 'the next page is this one again');
      before = page.next;
    }
    return seqs.map((seq) =>
      String(this.db.prepare('SELECT id FROM events WHERE seq = ?').get(seq)?.id),
    );
  }

  expected(text: string): string[] {
    const has = ([, each]: [string, string]): boolean =>
      each.toLowerCase().includes(text.toLowerCase());
    return [...this.stored]
      .filter(has)
      .map(([id]) => id)
      .reverse();
  }

  /** The stretches of events that are indexed on disk, and the chunks that there are of each part. */
  parts(): { from: number; below: number; chunks: number }[] {
    return this.db
      .prepare(
        `SELECT first_seq AS "from", below_seq AS below,
           (SELECT COUNT(*) FROM text_grams WHERE place / 1024 = id) AS chunks
         FROM text_parts ORDER BY first_seq`,
      )
      .all()
      .map((row) => ({ ...row })) as never;
  }

  chunks(): number {
    return Number(this.db.prepare('SELECT COUNT(*) AS n FROM text_grams').get()?.n);
  }

  #transaction<T>(work: () => T): T {
    return new Transactions(this.db, this.#tables).run(work);
  }
}

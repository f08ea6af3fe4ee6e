import type { DatabaseSync, SQLInputValue } from 'node:sqlite';
import type { RawRow } from './damaged-rows';
import { isUnfit } from './database';
import { Statement } from './statement';

/** Writes rows as they were read into tables of the same names; a column that is new has its default. */
export class RawCopy {
  readonly #db: DatabaseSync;
  readonly #columns = new Map<string, readonly string[]>();
  readonly #inserts = new Map<string, Statement>();

  constructor(db: DatabaseSync) {
    this.#db = db;
  }

  /** False: the row is not one that may stand in the table. Throws where nothing can be written. */
  insert(table: string, row: RawRow): boolean {
    const columns = this.#columnsOf(table).filter((column) => column in row);
    const name = `${table}(${columns.join(', ')})`;
    try {
      let statement = this.#inserts.get(name);
      if (statement === undefined) {
        const places = columns.map(() => '?').join(', ');
        statement = new Statement(this.#db, `INSERT INTO ${name} VALUES (${places})`);
        this.#inserts.set(name, statement);
      }
      statement.run(...columns.map((column) => row[column] as SQLInputValue));
      return true;
    } catch (error) {
      if (isUnfit(error)) return false;
      throw error;
    }
  }

  #columnsOf(table: string): readonly string[] {
    let known = this.#columns.get(table);
    if (known === undefined) {
      const sql = 'SELECT name FROM pragma_table_info(?)';
      known = new Statement<{ name: string }>(this.#db, sql).all(table).map(({ name }) => name);
      this.#columns.set(table, known);
    }
    return known;
  }
}

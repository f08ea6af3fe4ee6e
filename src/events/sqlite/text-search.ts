import type { DatabaseSync } from 'node:sqlite';
import type { BodyTable } from './bodies';
import { Statement } from './statement';

/** Of larger bodies only the request is searched: one must not take as long as thousands of others. */
const SEARCHED_BYTES = 1024 * 1024;
const ASCII = /^[\x20-\x7e]*$/;

type Known = {
  readonly body_bytes: number;
  readonly event_type: string | null;
  readonly delivery_id: string | null;
};

/**
 * A text in requests and bodies, event by event: an index over all texts would make each write half as
 * fast. Where the content is encoded (gzip), its bytes are searched as they came.
 */
export class TextSearch {
  readonly #bodies: BodyTable;
  readonly #known: Statement<Known>;

  constructor(db: DatabaseSync, bodies: BodyTable) {
    this.#bodies = bodies;
    this.#known = new Statement(
      db,
      'SELECT body_bytes, event_type, delivery_id FROM events WHERE seq = ?',
    );
  }

  /**
   * Those of the rows in which the text occurs, in whatever case. `upTo`: the last row that was looked
   * at, where that was not the last of them, since enough was found or the time is over.
   */
  filter(
    seqs: readonly number[],
    text: string,
    wanted: number,
    deadline: number,
  ): { found: readonly number[]; upTo: number | null } {
    const needle = text.toLowerCase();
    // A letter of ASCII is the same byte in both; the short way is five times as fast.
    const encoding = ASCII.test(needle) ? 'latin1' : 'utf8';
    const found: number[] = [];
    for (const seq of seqs) {
      if (this.#occurs(seq, needle, encoding)) found.push(seq);
      if (found.length === wanted || performance.now() > deadline) return { found, upTo: seq };
    }
    return { found, upTo: null };
  }

  #occurs(seq: number, needle: string, encoding: 'latin1' | 'utf8'): boolean {
    const event = this.#known.get(seq);
    if (event === undefined) return false;
    const isIn = (text: string | null): boolean => text?.toLowerCase().includes(needle) ?? false;
    if (isIn(event.event_type) || isIn(event.delivery_id)) return true;
    if (event.body_bytes > SEARCHED_BYTES) return isIn(this.#bodies.request(seq));
    const { request, body } = this.#bodies.get(seq, event.body_bytes);
    const { buffer, byteOffset, byteLength } = body;
    return isIn(request) || isIn(Buffer.from(buffer, byteOffset, byteLength).toString(encoding));
  }
}

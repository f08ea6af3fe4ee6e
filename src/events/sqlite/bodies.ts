import type { DatabaseSync } from 'node:sqlite';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { Statement } from './statement';

/** Below this, compressing never pays. */
const SMALLEST_BYTES = 1024;
/** A compressed body is kept only where it saves a fifth. */
const WORTH_RATIO = 0.8;
/**
 * Deflate, not zstd: files must stay readable by Node 22.13, which has no zstd. With a small window
 * it is as fast: 7 KB of JSON to 21 % in 22-35 us, against 35 us by zstd level 1 on the same machine.
 */
const DEFLATE = { level: 1, memLevel: 6, windowBits: 13, chunkSize: 8192 };
const DEFLATED = 'deflate-raw';

export interface BodyRow {
  readonly request: string;
  readonly encoding: string | null;
  readonly body: Uint8Array;
}

/** Request and body of each event, apart from its row: bodies are compressed where it pays. */
export class BodyTable {
  readonly #insert: Statement;
  readonly #get: Statement<BodyRow>;
  readonly #delete: Statement;
  /**
   * Requests wait: bodies are stored as they are. Writing the bytes costs less than compressing them
   * (7.6 KB: 40 us of CPU for 6 KB less in the WAL), and CPU is what is short then.
   */
  hurry = false;

  constructor(db: DatabaseSync) {
    this.#insert = new Statement(db, 'INSERT INTO bodies VALUES (?, ?, ?, ?)');
    this.#get = new Statement(db, 'SELECT request, encoding, body FROM bodies WHERE seq = ?');
    this.#delete = new Statement(db, 'DELETE FROM bodies WHERE seq >= ? AND seq <= ?');
  }

  insert(seq: number, request: string, body: Uint8Array): void {
    const worth = body.length > SMALLEST_BYTES && !this.hurry;
    const deflated = worth ? deflateRawSync(body, DEFLATE) : null;
    if (deflated !== null && deflated.length <= body.length * WORTH_RATIO) {
      this.#insert.run(seq, request, DEFLATED, deflated);
    } else {
      this.#insert.run(seq, request, null, body);
    }
  }

  get(seq: number, bodyBytes: number): { request: string; body: Uint8Array } {
    const row = this.#get.get(seq);
    if (row === undefined) return { request: '{}', body: new Uint8Array(0) };
    return { request: row.request, body: inflated(row.encoding, row.body, bodyBytes) };
  }

  delete(firstSeq: number, lastSeq: number): void {
    this.#delete.run(firstSeq, lastSeq);
  }
}

/** A body as it arrived, of `bodyBytes`, from what is stored. */
export function inflated(encoding: string | null, body: Uint8Array, bodyBytes: number): Uint8Array {
  if (encoding !== DEFLATED) return body;
  return inflateRawSync(body, { chunkSize: Math.max(bodyBytes, 64) });
}

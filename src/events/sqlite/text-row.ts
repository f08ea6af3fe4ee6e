import { inflated } from './bodies';

/** Of larger bodies only the request is searched: one must not take as long as thousands of others. */
const SEARCHED_BYTES = 1024 * 1024;

/** What is searched of an event. */
export interface TextRow {
  readonly seq: number;
  readonly body_bytes: number;
  readonly event_type: string | null;
  readonly delivery_id: string | null;
  readonly request: string | null;
  readonly encoding: string | null;
  readonly body: Uint8Array | null;
}

export const SELECT_TEXTS = `SELECT e.seq, body_bytes, event_type, delivery_id, request, encoding,
  CASE WHEN body_bytes <= ${SEARCHED_BYTES} THEN body END AS body
  FROM events e LEFT JOIN bodies b ON b.seq = e.seq`;

/** As it arrived: where its content is encoded (gzip), it is searched so. Null: it is not searched. */
export function searchedBody({ encoding, body, body_bytes }: TextRow): Buffer | null {
  if (body === null) return null;
  const { buffer, byteOffset, byteLength } = inflated(encoding, body, body_bytes);
  return Buffer.from(buffer, byteOffset, byteLength);
}

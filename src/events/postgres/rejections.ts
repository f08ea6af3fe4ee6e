import type { Rejection } from '../event';
import { clean, columns } from './transaction';
import type { Transaction } from './transaction';

/** A ring of its own, so that no flood of bad requests pushes out events. */
const KEPT_REJECTIONS = 1000;

const INSERT = {
  name: 'reject',
  text: `INSERT INTO rejections (id, at, endpoint, status, cause, detail, method, path, ip,
      headers, body_bytes)
    SELECT * FROM unnest($1::text[], $2::bigint[], $3::text[], $4::int[], $5::text[], $6::text[],
      $7::text[], $8::text[], $9::text[], $10::text[], $11::bigint[])`,
};
const TRIM = {
  name: 'trim-rejections',
  text: `DELETE FROM rejections WHERE seq <=
    (SELECT seq FROM rejections ORDER BY seq DESC OFFSET ${KEPT_REJECTIONS} LIMIT 1)`,
};

export interface RejectCall {
  readonly rejection: Rejection;
  /** By the server's clock. */
  readonly countedAtMs: number;
}

export function insertRejections(tx: Transaction, calls: readonly RejectCall[]): void {
  const rows = calls.map(({ rejection, countedAtMs }) => {
    const { id, atMs, endpoint, status, cause, detail, method, path, ip } = rejection;
    tx.count({ endpoint, kind: 'rejected', atMs: countedAtMs });
    return [
      ...[clean(id), Math.round(atMs), clean(endpoint), status, clean(cause), clean(detail)],
      ...[clean(method), clean(path), clean(ip)],
      ...[JSON.stringify(rejection.headers), rejection.bodyBytes],
    ];
  });
  tx.write(INSERT, columns(rows, 11));
  tx.write(TRIM, []);
}

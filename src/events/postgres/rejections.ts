import type { Rejection } from '../event';
import { clean, columns } from './transaction';
import type { Transaction } from './transaction';

/** A ring of its own, so that no flood of bad requests pushes out events. */
const KEPT_REJECTIONS = 1000;

const INSERT = {
  name: 'reject',
  text: `INSERT INTO rejections (id, at, endpoint, status, cause, detail, method, path, ip)
    SELECT * FROM unnest($1::text[], $2::bigint[], $3::text[], $4::int[], $5::text[], $6::text[],
      $7::text[], $8::text[], $9::text[])`,
};
const TRIM = {
  name: 'trim-rejections',
  text: `DELETE FROM rejections WHERE seq <=
    (SELECT seq FROM rejections ORDER BY seq DESC OFFSET ${KEPT_REJECTIONS} LIMIT 1)`,
};

export async function insertRejections(
  tx: Transaction,
  rejections: readonly Rejection[],
): Promise<void> {
  const rows = rejections.map(({ id, atMs, endpoint, status, cause, detail, method, path, ip }) => [
    clean(id),
    atMs,
    ...[clean(endpoint), status, clean(cause), clean(detail)],
    ...[clean(method), clean(path), clean(ip)],
  ]);
  await tx.query(INSERT, columns(rows, 9));
  await tx.query(TRIM, []);
}

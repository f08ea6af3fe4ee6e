import { hash } from 'node:crypto';
import type { Transaction } from './transaction';

/**
 * The same key with another body is another row: without the lock two that come at the same moment would
 * not see each other, and neither be marked. In the order of the numbers, so that nobody waits in a ring.
 */
const LOCK_KEYS = {
  name: 'lock-keys',
  text: `SELECT 1 FROM (
    SELECT DISTINCT hashtextextended(current_schema() || ' ' || endpoint_id || ' ' || key, 0) AS n
    FROM unnest($1::int[], $2::text[]) AS u (endpoint_id, key) ORDER BY n OFFSET 0) k
    WHERE pg_advisory_xact_lock(n) IS NULL`,
};
/** Inserted rows are ours; one that is there and alive stays, and whoever inserts it at the moment is waited for. */
const CLAIM_KEYS = {
  name: 'claim-keys',
  text: `INSERT INTO dedup_keys AS k (endpoint_id, key, digest, event_id, expires_at)
    SELECT endpoint_id, decode(key, 'hex'), decode(digest, 'hex'), event_id, expires_at
    FROM unnest($1::int[], $2::text[], $3::text[], $4::text[], $5::bigint[])
      AS c (endpoint_id, key, digest, event_id, expires_at)
    ORDER BY endpoint_id, key, digest
    ON CONFLICT (endpoint_id, key, digest) DO UPDATE
      SET event_id = excluded.event_id, expires_at = excluded.expires_at
      WHERE k.expires_at <= $6::bigint`,
};
/** Those of others: none, as a rule. */
const KNOWN_KEYS = {
  name: 'known-keys',
  text: `SELECT k.endpoint_id, encode(k.key, 'hex') AS key, encode(k.digest, 'hex') AS digest,
      k.event_id, k.expires_at
    FROM unnest($1::int[], $2::text[], $3::text[]) AS c (endpoint_id, key, event_id)
    JOIN dedup_keys k ON k.endpoint_id = c.endpoint_id AND k.key = decode(c.key, 'hex')
      AND k.event_id <> c.event_id`,
};
const RENEW_KEY = {
  name: 'renew-key',
  text: `UPDATE dedup_keys SET event_id = $4, expires_at = $5
    WHERE endpoint_id = $1 AND key = decode($2, 'hex') AND digest = decode($3, 'hex')`,
};

export interface KeyClaim {
  readonly endpointId: number;
  /** Hashed, hexadecimal; so is the digest of the body. */
  readonly key: string;
  readonly digest: string;
  readonly eventId: string;
  readonly receivedAtMs: number;
  readonly expiresAtMs: number;
}

/** `eventId`: it is a repeat of that event; null: it is new. */
export interface ClaimedKey {
  readonly eventId: string | null;
  /** The key is known with another body. */
  readonly conflict: boolean;
}

/** Idempotency keys may be long, and hold what a text of PostgreSQL may not. */
export function keyHash(key: string): string {
  return hash('sha256', key, 'hex');
}

export function bodyDigest(body: Uint8Array): string {
  return hash('sha256', body, 'hex');
}

/** Who is first, across all instances: the unique index decides. No two of the claims have the same key. */
export async function claimKeys(
  tx: Transaction,
  claims: readonly KeyClaim[],
): Promise<ClaimedKey[]> {
  const endpointIds = claims.map(({ endpointId }) => endpointId);
  const keys = claims.map(({ key }) => key);
  type Known = {
    endpoint_id: number;
    key: string;
    digest: string;
    event_id: string;
    expires_at: number;
  };
  const eventIds = claims.map(({ eventId }) => eventId);
  // The server does them one after the other.
  tx.write(LOCK_KEYS, [endpointIds, keys]);
  tx.write(CLAIM_KEYS, [
    ...[endpointIds, keys, claims.map(({ digest }) => digest), eventIds],
    claims.map(({ expiresAtMs }) => expiresAtMs),
    Math.min(...claims.map(({ receivedAtMs }) => receivedAtMs)),
  ]);
  const known = await tx.query<Known>(KNOWN_KEYS, [endpointIds, keys, eventIds]);
  const renewed: KeyClaim[] = [];
  const results = claims.map((claim): ClaimedKey => {
    const others = known.filter(
      ({ endpoint_id, key }) => endpoint_id === claim.endpointId && key === claim.key,
    );
    const alive = others.filter(({ expires_at }) => expires_at > claim.receivedAtMs);
    const isSame = ({ digest }: Known): boolean => digest === claim.digest;
    const same = alive.find(isSame);
    if (same !== undefined) return { eventId: same.event_id, conflict: false };
    if (others.some(isSame)) renewed.push(claim);
    return { eventId: null, conflict: alive.length > 0 };
  });
  for (const claim of renewed) renew(tx, claim);
  return results;
}

/** It had expired for this event, but not for another one of the same transaction. */
function renew(tx: Transaction, claim: KeyClaim): void {
  const { endpointId, key, digest, eventId, expiresAtMs } = claim;
  tx.write(RENEW_KEY, [endpointId, key, digest, eventId, expiresAtMs]);
}

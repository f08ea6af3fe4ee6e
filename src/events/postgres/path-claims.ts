import type { PathClaim } from '../peers';
import { clean } from './transaction';
import type { Transaction } from './transaction';

/** One instance after the other: each sees what those before it have claimed. */
const ONE_BY_ONE = { text: 'LOCK TABLE path_claims IN SHARE ROW EXCLUSIVE MODE' };
const HAVE = { name: 'have-paths', text: 'UPDATE instances SET claims = $2 WHERE id = $1' };
const DROP = {
  name: 'drop-paths',
  text: `DELETE FROM path_claims c
    WHERE NOT EXISTS (SELECT 1 FROM instances WHERE c.place || ' ' || c.owner = ANY(claims))`,
};
const CLAIM = {
  name: 'claim-paths',
  text: `INSERT INTO path_claims (place, owner)
    SELECT place, owner FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS t (place, owner, n)
    ORDER BY n ON CONFLICT DO NOTHING`,
};
const ORDER = {
  name: 'order-of-paths',
  text: 'SELECT place, owner FROM path_claims WHERE place = ANY($1::text[]) ORDER BY seq',
};

/** How an instance keeps its claims in its own row. */
export function claimKeys(claims: readonly PathClaim[]): string[] {
  return claims.map(({ place, owner }) => `${clean(place)} ${owner}`);
}

/** In a transaction of its own: see `Peers.claimPaths`. */
export async function claimPaths(
  tx: Transaction,
  claims: readonly PathClaim[],
): Promise<readonly PathClaim[]> {
  const places = claims.map(({ place }) => clean(place));
  tx.write(ONE_BY_ONE, []);
  tx.write(HAVE, [tx.me, claimKeys(claims)]);
  tx.write(DROP, []);
  tx.write(CLAIM, [places, claims.map(({ owner }) => owner)]);
  return tx.query<{ place: string; owner: string }>(ORDER, [places]);
}

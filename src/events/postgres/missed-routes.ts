import type { MissedRoute, ServedRoute } from '../peers';
import { clean } from './transaction';
import type { Transaction } from './transaction';

const BACK = {
  name: 'routes-back',
  text: 'DELETE FROM missed_routes WHERE NOT route = ANY($1::text[])',
};
const MISS = {
  name: 'miss-routes',
  text: `INSERT INTO missed_routes (route, since) SELECT unnest($1::text[]), $2
    ON CONFLICT DO NOTHING RETURNING route`,
};
const SINCE = { name: 'missed-since', text: 'SELECT route, since FROM missed_routes' };

/** See `Peers.missed`; by the clock of the server. */
export async function missed(
  tx: Transaction,
  routes: readonly ServedRoute[],
): Promise<readonly MissedRoute[]> {
  const keys = routes.map(({ endpoint, method }) => `${method} ${clean(endpoint)}`);
  tx.write(BACK, [keys]);
  const added = tx.query<{ route: string }>(MISS, [keys.toSorted(), tx.nowMs]);
  const known = tx.query<{ route: string; since: number }>(SINCE, []);
  const isNew = new Set((await added).map(({ route }) => route));
  const since = new Map((await known).map((row) => [row.route, row.since]));
  return routes.map((route, at) => {
    const key = keys[at] ?? '';
    const forMs = Math.max(0, tx.nowMs - (since.get(key) ?? tx.nowMs));
    return { ...route, forMs, isNew: isNew.has(key) };
  });
}

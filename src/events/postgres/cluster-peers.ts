import { isRecord, parseJson } from '../../shared/json';
import { FINAL_STATUSES } from '../states';
import type { EventStatus } from '../states';
import type { MissedRoute, PathClaim, Peers, ServedRoute, StoreChanges, Turn } from '../peers';
import type { CallQueue } from './call-queue';
import type { Membership } from './membership';
import { missed } from './missed-routes';
import { claimKeys, claimPaths } from './path-claims';
import { ClusterRuns } from './shared-runs';
import { clean } from './transaction';
import type { Transaction } from './transaction';
import type { Turns } from './turns';

const LET_GO = {
  name: 'let-go',
  text: `UPDATE events SET awaited_by = NULL WHERE id = $1 AND awaited_by = $2 RETURNING status`,
};
const SERVE = { name: 'serve', text: 'UPDATE instances SET serves = $2 WHERE id = $1' };
const NOTIFY = { name: 'announce', text: 'SELECT pg_notify($1, $2)' };

/** This instance among the others: what they tell each other goes through the server. */
export class ClusterPeers implements Peers {
  readonly #queue: CallQueue;
  readonly #membership: Membership;
  readonly #channel: string;
  readonly #turns: Turns;
  readonly runs: ClusterRuns;

  constructor(queue: CallQueue, membership: Membership, channel: string, turns: Turns) {
    this.#queue = queue;
    this.#membership = membership;
    this.#channel = channel;
    this.#turns = turns;
    this.runs = new ClusterRuns(queue);
  }

  letGo(eventId: string): Promise<void> {
    return this.#lazily(async (tx) => {
      const rows = await tx.query<{ status: EventStatus }>(LET_GO, [eventId, tx.me]);
      if (rows.some(({ status }) => !FINAL_STATUSES.includes(status))) tx.wakeOthers();
    });
  }

  serve(routes: readonly ServedRoute[]): Promise<void> {
    const serves = routes.map(({ endpoint, method }) => `${method} ${clean(endpoint)}`);
    this.#membership.serves = serves;
    return this.#lazily((tx) => tx.query(SERVE, [tx.me, serves]));
  }

  claimPaths(claims: readonly PathClaim[]): Promise<readonly PathClaim[]> {
    this.#membership.claims = claimKeys(claims);
    const run = (tx: Transaction): Promise<readonly PathClaim[]> => claimPaths(tx, claims);
    return this.#queue.call<readonly PathClaim[]>({ kind: 'alone', run }, { isSolo: true });
  }

  missed(routes: readonly ServedRoute[]): Promise<readonly MissedRoute[]> {
    const run = (tx: Transaction): Promise<readonly MissedRoute[]> => missed(tx, routes);
    return this.#queue.call<readonly MissedRoute[]>({ kind: 'alone', run }, { isSolo: true });
  }

  announce(changes: StoreChanges): Promise<void> {
    if (!this.#membership.hasOthers) return Promise.resolve();
    return this.#lazily((tx) => {
      const { events, more, jobs, rejections } = changes;
      const told = { from: tx.me, events, more, jobs, rejections };
      return tx.query(NOTIFY, [this.#channel, JSON.stringify(told)]);
    });
  }

  takeTurn(name: string, signal: AbortSignal): Promise<Turn> {
    return this.#turns.take(name, signal);
  }

  async #lazily(run: (tx: Transaction) => Promise<unknown>): Promise<void> {
    await this.#queue.call({ kind: 'alone', run }, { urgency: 'lazy' });
  }
}

/** What another instance announced; null: that is not what was said. */
export function announced(payload: string): (StoreChanges & { readonly from: number }) | null {
  if (!payload.startsWith('{')) return null;
  const told = parseJson(payload);
  if (!isRecord(told) || !Array.isArray(told.events) || typeof told.from !== 'number') return null;
  const events = told.events.filter((id) => typeof id === 'string');
  const { from, more, jobs, rejections } = told;
  return {
    ...{ from, events, more: more === true },
    ...{ jobs: jobs === true, rejections: rejections === true },
  };
}

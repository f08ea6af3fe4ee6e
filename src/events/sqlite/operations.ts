import type { DatabaseSync } from 'node:sqlite';
import type { RecoveryReport, RetentionLimits } from '../event-store';
import { limitSize } from './database';
import { Deliveries } from './deliveries';
import { Interventions } from './interventions';
import type { Write } from './protocol';
import type { Retention } from './retention';
import { Retries } from './retries';
import type { Tables } from './tables';

export interface InHand {
  readonly events: ReadonlySet<string>;
  readonly jobs: ReadonlySet<string>;
}

/** Does the calls that change something, inside the writer's transactions. */
export class Operations {
  readonly deliveries: Deliveries;
  readonly #db: DatabaseSync;
  readonly #tables: Tables;
  readonly #retention: Retention;
  readonly #retries: Retries;
  readonly #interventions: Interventions;

  constructor(db: DatabaseSync, tables: Tables, retention: Retention) {
    this.#db = db;
    this.#tables = tables;
    this.#retention = retention;
    this.deliveries = new Deliveries(tables);
    this.#retries = new Retries(tables);
    this.#interventions = new Interventions(tables, this.#retries);
  }

  /** Throws a `WebhookError` where it is refused, before anything is written. */
  perform(call: Write, bytes: Uint8Array, nowMs: number): unknown {
    const deliveries = this.deliveries;
    switch (call[1]) {
      case 'accept':
        return deliveries.accept(call[4], bytes, nowMs);
      case 'endAttempt':
        return deliveries.endAttempt(...call[4], nowMs);
      case 'claim':
        return deliveries.claim(call[4], nowMs);
      case 'interrupt':
        return deliveries.interrupt(...call[4], nowMs);
      case 'addToTrail':
        return deliveries.addToTrail(...call[4]);
      case 'park':
        return this.#retries.park(call[4], bytes, nowMs);
      case 'claimJobs':
        return this.#retries.claim(call[4], nowMs);
      case 'settleJob':
        return this.#retries.settle(call[4], nowMs);
      case 'requeue':
        return deliveries.requeue(...call[4], nowMs);
      case 'remove':
        return this.#interventions.remove(...call[4]);
      case 'discard':
        return this.#interventions.discard(...call[4], nowMs);
      case 'cancelJob':
        return this.#interventions.cancelJob(...call[4], nowMs);
      case 'hastenJob':
        return this.#interventions.hastenJob(...call[4], nowMs);
      case 'recover':
        return this.recover(call[4][0], null);
      case 'reject':
        return this.#tables.rejections.insert(call[4]);
      case 'forgetSecretMatches':
        return this.#forgetSecrets(...call[4]);
      case 'setRetention':
        return this.#setRetention(...call[4]);
      case 'saveSync':
        return this.#tables.syncs.save(call[4], nowMs);
    }
  }

  /** Puts back what is not in the hands of this process; null: the process is new. */
  recover(nowMs: number, inHand: InHand | null): RecoveryReport {
    const events = this.deliveries.recover(nowMs, inHand?.events ?? null);
    const { jobs, poisoned } = this.#retries.recover(nowMs, inHand?.jobs ?? null);
    return { ...events, jobs, poisoned: events.poisoned + poisoned };
  }

  #setRetention(limits: RetentionLimits): null {
    this.#retention.limits = limits;
    limitSize(this.#db, limits.maxBytes ?? null);
    return null;
  }

  #forgetSecrets(endpoint: string): null {
    const { endpoints, secretTimes } = this.#tables;
    const id = endpoints.find(endpoint);
    if (id !== undefined) secretTimes.forget(id, endpoint);
    return null;
  }
}

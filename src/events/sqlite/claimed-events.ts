import { errorText } from '../../shared/errors';
import type { Claimed, Deliveries } from './deliveries';
import { isCorrupt } from './database';
import type { Queries } from './queries';
import type { Result } from './protocol';

/** What is needed to take a claim back in part. */
export interface ClaimTools {
  readonly queries: Queries;
  readonly deliveries: Deliveries;
  readonly transaction: (work: () => void) => void;
  readonly log: (level: 'error', text: string) => void;
}

/**
 * The events of claims in full, read after the commit. One that can't be read must not stay in nobody's
 * hands, nor hold up the others: it is given up where its bytes are damaged, else it waits again.
 */
export class ClaimedEvents {
  readonly #tools: ClaimTools;
  /** Rows whose claim could not be taken back yet. */
  readonly #orphans = new Map<number, unknown>();

  constructor(tools: ClaimTools) {
    this.#tools = tools;
  }

  /** Throws the reading error where not one of them can be read and none is given up. */
  read({ seqs, ...rest }: Claimed, nowMs: number): Result<'claim'> {
    const { queries, log } = this.#tools;
    const failures: unknown[] = [];
    const events = seqs.flatMap((seq) => {
      try {
        return queries.event(seq) ?? [];
      } catch (error) {
        this.#orphans.set(seq, error);
        failures.push(error);
        return [];
      }
    });
    if (failures.length > 0) log('error', `Cannot read an event: ${errorText(failures[0])}`);
    this.settle(nowMs);
    if (events.length === 0 && failures.some((error) => !isDamage(error))) throw failures[0];
    return { events, ...rest, more: rest.more || failures.length > 0 };
  }

  /** Tries again to take back what could not be taken back. */
  settle(nowMs: number): void {
    const { deliveries, transaction, log } = this.#tools;
    if (this.#orphans.size === 0) return;
    try {
      transaction(() => {
        for (const [seq, error] of this.#orphans) {
          if (isDamage(error)) deliveries.giveUpDamaged(seq, nowMs);
          else deliveries.takeBack(seq, nowMs);
        }
      });
      this.#orphans.clear();
    } catch (error) {
      log('error', `Cannot take back a claim, will try again: ${errorText(error)}`);
    }
  }
}

/** The bytes of the event itself are wrong: another try would find them as they are. */
function isDamage(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return isCorrupt(error) || code === 'Z_DATA_ERROR' || code === 'Z_BUF_ERROR';
}

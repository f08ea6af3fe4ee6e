import type { Claim, ClaimRequest, EventStore } from '../events/event-store';
import type { Quarantine, QuarantineWorker } from './quarantine';

/** The claims of an endpoint: counted as in hand, and followed where something is to be alone. */
export class CountedClaims {
  readonly #quarantine: Quarantine;
  readonly #worker: QuarantineWorker;
  #suspectsIn: EventStore | null = null;
  #careful = false;

  constructor(quarantine: Quarantine, worker: QuarantineWorker) {
    this.#quarantine = quarantine;
    this.#worker = worker;
  }

  /** The next event that waits has been in hand when the process died: it is not taken ahead. */
  get careful(): boolean {
    return this.#careful;
  }

  /** Where an event waits that is to be alone, if any. */
  get suspectsIn(): EventStore | null {
    return this.#suspectsIn;
  }

  /**
   * What is taken counts as in hand until its end is written (`Quarantine.left`). It is used at once: until
   * then its places would seem to be free.
   */
  async take(
    store: EventStore,
    request: ClaimRequest,
    use: (claim: Claim) => Promise<void>,
  ): Promise<void> {
    this.#quarantine.entered();
    try {
      const claim = await store.claim(request);
      this.#quarantine.entered(claim.events.length);
      this.#careful = claim.next === 'suspect';
      if (claim.next === 'alone' && !isNotItsTurn(claim, request)) {
        this.#suspectsIn = store;
        this.#quarantine.request(this.#worker);
      }
      await use(claim);
    } finally {
      this.#quarantine.left();
    }
  }
}

/**
 * Something waits, and nothing was taken: where the order counts an earlier event is not final, not even
 * for one that could be alone now.
 */
export function isNotItsTurn(
  { events, more, next }: Claim,
  { alone = false }: Pick<ClaimRequest, 'alone'>,
): boolean {
  return events.length === 0 && more && (next === 'alone') === alone;
}

import type { Peers } from '../events/peers';
import type { Clock, Timer } from '../shared/clock';
import { errorText } from '../shared/errors';
import type { Logger } from '../shared/logger';

/** A history on a server that is away, or still being opened, is asked again after that time. */
const AGAIN_MS = 1000;

/** The endpoints with the same path. */
export interface Place {
  /** In the order in which they came to this process. */
  readonly owners: readonly string[];
  /** They are to be in this order. */
  readonly arrange: (owners: readonly string[]) => void;
}

export interface PathAgreementTools {
  /** Of the histories that several processes share; null: one that can't be asked now. */
  readonly peers: () => readonly (Peers | null)[];
  /** All that there are in this process, by a name that is the same in each. */
  readonly places: () => ReadonlyMap<string, Place>;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * Rule 9 across processes: of several endpoints with the same path the one that came first to any of the processes
 * that share a history holds it at each of them, whatever the order in which their nodes were built.
 */
export class PathAgreement {
  readonly #tools: PathAgreementTools;
  #timer: Timer | null = null;
  /** Of another start of the flows: what it says does not count any more. */
  #run = 0;

  constructor(tools: PathAgreementTools) {
    this.#tools = tools;
  }

  /** The flows run: what there is is settled now, or as soon as the histories can be asked. */
  start(): void {
    this.stop();
    this.#later(this.#run, 0);
  }

  /** The flows stop: endpoints come and go. */
  stop(): void {
    this.#run++;
    this.#timer?.cancel();
    this.#timer = null;
  }

  #later(run: number, ms: number): void {
    this.#timer = this.#tools.clock.after(ms, () => void this.#settle(run));
  }

  async #settle(run: number): Promise<void> {
    const { peers, logger } = this.#tools;
    let isSettled = true;
    for (const one of peers()) {
      try {
        if (one === null) isSettled = false;
        else await this.#settleWith(one, run);
      } catch (thrown) {
        isSettled = false;
        logger.debug(`Who holds which path was not settled: ${errorText(thrown)}`);
      }
      if (run !== this.#run) return;
    }
    if (!isSettled) this.#later(run, AGAIN_MS);
  }

  async #settleWith(peers: Peers, run: number): Promise<void> {
    const places = this.#tools.places();
    const claims = [...places].flatMap(([place, { owners }]) =>
      owners.map((owner) => ({ place, owner })),
    );
    const order = await peers.claimPaths(claims);
    if (run !== this.#run) return;
    for (const [place, { owners, arrange }] of places) {
      if (owners.length < 2) continue;
      arrange(order.filter((claim) => claim.place === place).map(({ owner }) => owner));
    }
  }
}

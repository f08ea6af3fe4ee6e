import type { Rejection } from '../events/event';
import type { Clock } from '../shared/clock';
import type { Logger } from '../shared/logger';

export type RejectionSink = (rejection: Omit<Rejection, 'id'>) => void;

export interface RejectionTools {
  readonly sink: RejectionSink;
  /** Told of each of them, kept or not. */
  readonly count: (cause: string) => void;
  readonly logger: Logger;
  readonly clock: Clock;
}

/** Rejections of one endpoint that are kept in one second; the others are counted. */
const KEPT_PER_SECOND = 20;

/**
 * Keeps refused requests, so that a user can see why, and never more than a few each second: a flood
 * of them must cost us nothing. Of each second the first one is logged.
 */
export class RejectionRecorder {
  readonly #tools: RejectionTools;
  #second = -1;
  #inSecond = 0;
  #uncounted = 0;

  constructor(tools: RejectionTools) {
    this.#tools = tools;
  }

  /** `describe` is called only for what is kept. */
  record(atMs: number, cause: string, describe: () => Omit<Rejection, 'id'>): void {
    const { sink, count, logger } = this.#tools;
    count(cause);
    const second = Math.floor(atMs / 1000);
    if (second !== this.#second) {
      this.#second = second;
      this.#inSecond = 0;
    }
    if (++this.#inSecond > KEPT_PER_SECOND) {
      this.#uncounted++;
      return;
    }
    const rejection = describe();
    if (this.#inSecond === 1) logRefusal(logger, rejection);
    const missed = this.#uncounted;
    this.#uncounted = 0;
    const more = missed === 0 ? '' : ` (${missed} more refused requests before it were not kept)`;
    sink({ ...rejection, detail: rejection.detail + more });
  }
}

/** What the internet sends to any address is no error of ours; a full store is. */
function logRefusal(logger: Logger, { status, cause, detail }: Omit<Rejection, 'id'>): void {
  const line = `Refused a request with ${status} (${cause}): ${detail}`;
  if (cause === 'store') logger.error(line);
  else if (cause === 'invalid-signature' || cause === 'stale-timestamp') logger.info(line);
  else logger.debug(line);
}

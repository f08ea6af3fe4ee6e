import type { Attempt } from './attempt';
import { takesTurns, type DispatcherSettings, type DispatcherTools } from './dispatcher-settings';
import { eventMessage } from './event-message';
import { FlowSpeed } from './flow-speed';
import type { HandOverEnds } from './hand-over-ends';
import { keepLateError } from './late-error';
import type { Ready } from './ready-queue';
import type { WaitingSenders } from './waiting-senders';

export interface FlowWatch {
  /** As they are now: a deploy may have changed them since the event got its place. */
  readonly settings: () => DispatcherSettings;
  /** False: the flow is being stopped, nothing more is started in it. */
  readonly isOpen: () => boolean;
  /** An attempt gave its place back. */
  readonly onPlace: () => void;
  /** An event is through, and what is next is decided in the store. */
  readonly onEnded: () => void;
}

/** The attempts of one endpoint that have a place in its flow. */
export class AttemptsInFlow {
  readonly #tools: DispatcherTools;
  readonly #ends: HandOverEnds;
  readonly #senders: WaitingSenders;
  readonly #watch: FlowWatch;
  readonly #speed = new FlowSpeed();
  #count = 0;

  constructor(
    tools: DispatcherTools,
    ends: HandOverEnds,
    senders: WaitingSenders,
    watch: FlowWatch,
  ) {
    this.#tools = tools;
    this.#ends = ends;
    this.#senders = senders;
    this.#watch = watch;
  }

  get count(): number {
    return this.#count;
  }

  /** Places come back so soon that it is worth having more events at hand than there are places. */
  get quick(): boolean {
    return this.#speed.quick;
  }

  /** Takes a place. What an earlier attempt of the event left in the flow is waited for (rule 5). */
  deliver(ready: Ready): void {
    this.#count++;
    if (ready.attempt === 1) return this.#start(ready);
    const { timeoutMs } = this.#watch.settings().attempt;
    this.#tools.tracker.endEarlier(ready.event.id, timeoutMs, () => {
      if (this.#watch.isOpen()) return this.#start(ready);
      this.#count--;
      this.#ends.giveBack(ready);
    });
  }

  #start(ready: Ready): void {
    const { tracker } = this.#tools;
    const settings = this.#watch.settings();
    const { attempt: options, send, ordered } = settings;
    const release = this.#place();
    const inTurn = takesTurns(settings);
    const { event, attempt, store } = ready;
    // The payload must not live as long as the quiet period: what the listener holds is all that stays.
    const eventId = event.id;
    const running: Attempt = tracker.start(
      options,
      {
        onDrained: () => inTurn || release(),
        onConcluded: (result) => {
          const written = this.#ends.concluded(eventId, attempt, result, store);
          if (!inTurn) release();
          // What a time-out left behind must not overlap with the next event either (rule 5).
          else if (ordered) void written.then(() => running.whenIdle(options.timeoutMs, release));
          else
            void written.then(() => {
              release();
              this.#watch.onEnded();
            });
        },
        onLateError: (step) =>
          keepLateError(this.#tools, store, { eventId, jobId: null, number: attempt }, step),
      },
      eventMessage(ready, settings, this.#senders.get(eventId)),
      send,
      { owner: { eventId, eventAttempt: attempt, store }, outer: null },
    );
  }

  /** Returns what gives the place back, once. */
  #place(): () => void {
    const { clock } = this.#tools;
    const startedAtMs = clock.now();
    let isHeld = true;
    return () => {
      if (!isHeld) return;
      isHeld = false;
      this.#count--;
      this.#speed.add(clock.now() - startedAtMs);
      this.#watch.onPlace();
    };
  }
}

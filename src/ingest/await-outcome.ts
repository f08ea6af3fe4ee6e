import type { EventStatus } from '../events/states';
import type { Clock } from '../shared/clock';
import { acknowledge, type FixedAck } from './acknowledgement';
import type { Accepted, WaitingSender } from './event-sink';
import { detailAnswer, jsonAnswer, type Answer, type FlowResponse } from './request';

/** When a sender gets its answer. */
export type ResponseMode =
  /** Once the event is stored. */
  | { readonly kind: 'received' }
  /** Once the flow is done with it, or after `withinMs`: the event lives on. */
  | { readonly kind: 'outcome'; readonly withinMs: number }
  /** The flow answers, with an `http response` node; after `withinMs` nobody waits for it any more. */
  | { readonly kind: 'flow'; readonly withinMs: number };

export type WaitingMode = Exclude<ResponseMode, { kind: 'received' }>;

interface Ack {
  readonly fixed: FixedAck | null;
  readonly status: number;
  readonly receivedAtMs: number;
}

/** One request whose answer has to wait: for an outcome, for the flow, or for time to run out. */
export class PendingAnswer {
  readonly sender: WaitingSender;
  readonly #mode: WaitingMode;
  readonly #response: FlowResponse;
  readonly #outcome: Promise<EventStatus>;

  constructor(mode: WaitingMode, response: FlowResponse) {
    this.#mode = mode;
    this.#response = response;
    let tell: (status: EventStatus) => void = () => undefined;
    this.#outcome = new Promise((resolve) => (tell = resolve));
    this.sender = {
      onOutcome: tell,
      handle: mode.kind === 'flow' ? response.handle : undefined,
    };
  }

  /** Null: it has been answered by the flow, or its client went away. */
  async answer(accepted: Accepted, ack: Ack, clock: Clock): Promise<Answer | null> {
    const waited = await this.#wait(clock);
    if (waited === 'over') return null;
    if (waited === 'late') return late(this.#mode, accepted.eventId);
    return answerFor(waited, accepted, ack);
  }

  /** In `flow` mode a retry may still answer, so that parking is no outcome there. */
  #wait(clock: Clock): Promise<EventStatus | 'late' | 'over'> {
    return new Promise((resolve) => {
      const timer = clock.after(this.#mode.withinMs, () => resolve('late'));
      const end = (waited: EventStatus | 'over'): void => {
        timer.cancel();
        resolve(waited);
      };
      void this.#response.ended.then(() => end('over'));
      void this.#outcome.then((status) => {
        if (status !== 'retrying' || this.#mode.kind === 'outcome') end(status);
      });
    });
  }
}

function answerFor(status: EventStatus, accepted: Accepted, ack: Ack): Answer {
  const { eventId } = accepted;
  switch (status) {
    case 'success':
    case 'ignored':
      if (ack.fixed !== null) return acknowledge(accepted, ack.fixed, ack.status, ack.receivedAtMs);
      return jsonAnswer(ack.status, statusJson(status, eventId));
    case 'failed':
      return jsonAnswer(500, `{"detail":"The flow failed","event_id":"${eventId}"}`);
    case 'retrying':
    case 'processing':
    case 'pending':
      return jsonAnswer(202, statusJson(status, eventId));
  }
}

function late(mode: WaitingMode, eventId: string): Answer {
  return mode.kind === 'flow'
    ? detailAnswer(504, 'The flow did not answer in time')
    : jsonAnswer(202, statusJson('processing', eventId));
}

/** Ids hold no character that JSON would escape. */
function statusJson(status: EventStatus, eventId: string): string {
  return `{"status":"${status}","event_id":"${eventId}"}`;
}

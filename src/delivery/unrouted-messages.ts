import type { Attempt } from './attempt';
import type { SendEvent } from './flow-hooks';

/**
 * Messages of attempts that go nowhere while the flows restart: a node that was left alone sends to
 * one that is being rebuilt, and the router drops the message without a word. Such an attempt lost
 * something to the deploy, though each of its nodes reports done.
 */
export class UnroutedMessages {
  readonly #mayMiss: (nodeId: string) => boolean;
  /** Sent in this turn and not on its way yet; null: the flows are not being restarted. */
  #sent: Map<SendEvent, Attempt> | null = null;

  /** `mayMiss`: nothing is lost where that node of the flows as they are started next gets no message. */
  constructor(mayMiss: (nodeId: string) => boolean) {
    this.#mayMiss = mayMiss;
  }

  /** The flows begin to stop. */
  begin(): void {
    this.#sent ??= new Map();
  }

  /** The flows are started. */
  end(): void {
    this.#sent = null;
  }

  /** A node sends. The router asks for the destination in the same turn. */
  sent(event: SendEvent, attempt: Attempt): void {
    const sent = this.#sent;
    if (sent === null) return;
    // Before the verdict, which comes a turn of the event loop after the last node is done.
    if (sent.size === 0) queueMicrotask(() => this.#interrupt(sent));
    sent.set(event, attempt);
  }

  /** The destination is there. */
  routed(event: SendEvent): void {
    this.#sent?.delete(event);
  }

  #interrupt(sent: Map<SendEvent, Attempt>): void {
    const lost = [...sent];
    sent.clear();
    for (const [{ destination }, attempt] of lost) {
      if (!this.#mayMiss(destination.id)) attempt.interrupt();
    }
  }
}

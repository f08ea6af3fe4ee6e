import { AsyncLocalStorage } from 'node:async_hooks';
import type { Clock } from '../shared/clock';
import { errorText } from '../shared/errors';
import { isRecord } from '../shared/json';
import { Attempt, type AttemptPlace } from './attempt';
import type { AttemptListener, AttemptOptions, Verdict } from './attempt-contract';
import { attemptError, httpStatusError } from './attempt-error';
import { FrozenAttempts } from './frozen-attempts';
import { WorkByMessage, type Work } from './open-work';
import { UnroutedMessages } from './unrouted-messages';
import { WatchedNodes } from './watched-nodes';
import type {
  CompleteEvent,
  FlowMessage,
  FlowNode,
  FlowObserver,
  LoggedError,
  ReceiveEvent,
  SendEvent,
} from './flow-hooks';

export interface TrackerOptions {
  readonly clock: Clock;
  readonly newMessageId: () => string;
  /** Whether a Catch node may see an error of that node. */
  readonly isCatchable: (nodeId: string) => boolean;
  /** Whether that node, in the flows as they were deployed last, is off or shows messages only. */
  readonly mayMiss?: (nodeId: string) => boolean;
}

/**
 * Follows messages through a flow and knows to which attempt each belongs, whatever the nodes do.
 *
 * Lineage: by `_msgid` first, since each attempt starts with a fresh one; then by the asynchronous
 * context, for nodes that send a new message - but only where the sending node was touched by that
 * attempt: a shared interval or pool carries a foreign context. Work is counted by node and
 * message *object*, because clones keep their id and many nodes pass the object on before they are
 * done. Errors are taken from every way in which a node can report one.
 */
export class FlowTracker implements FlowObserver {
  readonly #options: TrackerOptions;
  readonly #context = new AsyncLocalStorage<Attempt | undefined>();
  readonly #byMessageId = new Map<string, Attempt>();
  readonly #works = new WorkByMessage<Attempt>();
  readonly #attempts = new Set<Attempt>();
  readonly #nodes = new WatchedNodes((node, error, msg) => this.#reported(node, error, msg));
  readonly #frozen = new FrozenAttempts(this.#nodes);
  readonly #unrouted: UnroutedMessages;

  constructor(options: TrackerOptions) {
    this.#options = options;
    this.#unrouted = new UnroutedMessages(options.mayMiss ?? (() => false));
  }

  get openAttempts(): number {
    return this.#attempts.size;
  }

  /**
   * Starts an attempt: `send` is called with it and sends `msg`, which gets a fresh `_msgid`.
   */
  start(
    options: AttemptOptions,
    listener: AttemptListener,
    msg: FlowMessage,
    send: (msg: FlowMessage) => void,
    place: AttemptPlace = { owner: null, outer: null },
  ): Attempt {
    const attempt = new Attempt(options, this.#options.clock, listener, this.#forget, place);
    this.#attempts.add(attempt);
    msg._msgid = this.#options.newMessageId();
    this.#adopt(attempt, msg._msgid);
    this.#frozen.started(attempt);
    this.#context.run(attempt, () => {
      try {
        send(msg);
      } catch (thrown) {
        attempt.fail(attemptError(thrown, null), false);
      }
    });
    attempt.sent();
    return attempt;
  }

  /** The attempt to which a message belongs that a node works on, if any. */
  attemptOf(nodeId: string, msg: FlowMessage): Attempt | undefined {
    return this.#works.find(nodeId, msg)?.attempt ?? this.#byId(msg);
  }

  /** A webhook-outcome node ends the attempt of the message that it works on. */
  end(nodeId: string, msg: FlowMessage, verdict: Verdict): 'ended' | 'too late' | 'no attempt' {
    const attempt = this.attemptOf(nodeId, msg);
    if (attempt === undefined) return this.#endedOf(msg) === undefined ? 'no attempt' : 'too late';
    return attempt.end(verdict, nodeId) ? 'ended' : 'too late';
  }

  /**
   * An event is about to be delivered again: what lives of its earlier attempts ends (rule 2), and
   * `then` is called once the flow has let go of them, at the latest after `boundMs` (rule 5).
   */
  endEarlier(eventId: string, boundMs: number, then: () => void): void {
    const untilMs = this.#options.clock.now() + boundMs;
    // What is left of an attempt may begin another one below a retry node: so look again.
    const next = (): void => {
      const earlier = [...this.#attempts].filter(({ owner }) => owner?.eventId === eventId);
      for (const attempt of earlier) attempt.interrupt((node) => this.#nodes.isClosed(node));
      const busy = earlier.filter((attempt) => !attempt.isIdle);
      const leftMs = untilMs - this.#options.clock.now();
      if (busy.length === 0 || leftMs <= 0) return then();
      let count = busy.length;
      const idle = (): void => {
        if (--count === 0) next();
      };
      for (const attempt of busy) attempt.whenIdle(leftMs, idle);
    };
    next();
  }

  /** A filter dropped the message: it was sent nowhere, on purpose (rule 8). */
  dropped(nodeId: string, msg: FlowMessage, detail: string): void {
    this.attemptOf(nodeId, msg)?.trail.dropped(nodeId, detail);
  }

  /** `flows:stopping`: no verdict from here on, since closing nodes report done. */
  freeze(): void {
    this.#unrouted.begin();
    this.#frozen.freeze(this.#attempts);
  }

  /** While frozen, in a process that ends: attempts may end at the node that works for them. Milliseconds. */
  letEnd(boundMs: number): Promise<void> {
    return this.#frozen.letEnd(boundMs);
  }

  /** While frozen: what lost a node is interrupted, what had ended but for its quiet period concluded. */
  interruptLost(): void {
    this.#frozen.interruptLost();
  }

  /** `flows:stopped`: attempts that lost a node are interrupted, the others go on. */
  thaw(): void {
    this.#frozen.thaw();
  }

  /** `flows:started`: all nodes are there again. */
  restarted(): void {
    this.#unrouted.end();
  }

  onSend(events: readonly SendEvent[]): void {
    if (this.#attempts.size === 0) return;
    // One call of `send` counts once for an attempt, whatever the number of its messages and wires.
    let counted: Attempt[] | undefined;
    for (const event of events) {
      const { msg, source } = event;
      const attempt = this.#byId(msg) ?? this.#adoptFromContext(msg, source.id);
      if (attempt === undefined || attempt.concluded) continue;
      this.#unrouted.sent(event, attempt);
      if (counted?.includes(attempt) !== true) {
        if (events.length > 1) (counted ??= []).push(attempt);
        attempt.trail.sent(source.id);
      }
      if (source.node?.type === 'http request') this.#checkHttpStatus(attempt, msg, source.node);
    }
  }

  preDeliver(event: SendEvent): void {
    if (this.#attempts.size === 0) return;
    const attempt = this.#byId(event.msg);
    const node = event.destination.node;
    this.#unrouted.routed(event);
    if (attempt !== undefined && node !== undefined) this.#open(attempt, node, event.msg);
  }

  onReceive({ msg, destination: { node } }: ReceiveEvent): void {
    if (this.#attempts.size === 0) return;
    const attempt = this.#works.find(node.id, msg)?.attempt ?? this.#receivedDirectly(node, msg);
    if (attempt === undefined) return this.#leaveContext(msg);
    attempt.trail.received(node, this.#options.clock.now());
    if (node.type === 'catch') this.#caught(attempt, msg);
    if (this.#context.getStore() !== attempt) this.#context.enterWith(attempt);
  }

  postReceive({ msg, destination: { node } }: ReceiveEvent): void {
    if (this.#attempts.size === 0 || (node._expectedDoneCount ?? 0) > 0) return;
    const work = this.#works.find(node.id, msg);
    if (work === undefined) return;
    work.attempt.legacyNode();
    this.#close(msg, work);
  }

  onComplete({ msg, error, node: { id, node } }: CompleteEvent): void {
    if (this.#attempts.size === 0) return;
    const work = this.#works.find(id, msg);
    if (work === undefined) return;
    if (error !== undefined && error !== null) this.#failed(work.attempt, error, node);
    else if (node.type === 'http request') this.#checkHttpStatus(work.attempt, msg, node);
    this.#close(msg, work);
  }

  onLoggedError({ nodeId, error }: LoggedError): void {
    if (nodeId === this.#nodes.reporting) return;
    const attempt = this.#context.getStore();
    const node = attempt?.trail.node(nodeId);
    if (attempt !== undefined && node !== undefined) this.#failed(attempt, error, node);
    else this.#failIfOnlyOneWorksThere(nodeId, error);
  }

  /** An error without a message, from outside any context: it is this attempt's if no other is there. */
  #failIfOnlyOneWorksThere(nodeId: string, error: unknown): void {
    let only: Work<Attempt> | undefined;
    for (const attempt of this.#attempts) {
      const work = attempt.openWork.at(nodeId);
      if (work === undefined) continue;
      if (only !== undefined) return;
      only = work;
    }
    if (only !== undefined) this.#failed(only.attempt, error, only.node);
  }

  #failed(attempt: Attempt, error: unknown, node: FlowNode): void {
    attempt.noteError(node, errorText(error));
    attempt.fail(attemptError(error, node.id), this.#options.isCatchable(node.id));
  }

  #caught(attempt: Attempt, msg: FlowMessage): void {
    const error = msg['error'];
    if (!isRecord(error) || !isRecord(error['source'])) return;
    const sourceId = error['source']['id'];
    const source = typeof sourceId === 'string' ? attempt.trail.node(sourceId) : undefined;
    if (source !== undefined) this.#failed(attempt, error, source);
  }

  #checkHttpStatus(attempt: Attempt, msg: FlowMessage, node: FlowNode): void {
    const status = msg['statusCode'];
    const { failOnHttpStatus, acceptStatus } = attempt.options;
    if (!failOnHttpStatus || typeof status !== 'number') return;
    if (status < 400 || acceptStatus.includes(status)) return;
    const error = httpStatusError(status, msg['headers'], node.id, this.#options.clock.now());
    attempt.noteError(node, error.message);
    attempt.fail(error, false);
  }

  #byId(msg: FlowMessage): Attempt | undefined {
    return msg._msgid === undefined ? undefined : this.#byMessageId.get(msg._msgid);
  }

  #adopt(attempt: Attempt, messageId: string): void {
    this.#byMessageId.set(messageId, attempt);
    attempt.addMessageId(messageId);
  }

  /** A node sends a message with an id of its own, while it works for an attempt that touched it. */
  #adoptFromContext(msg: FlowMessage, sourceId: string): Attempt | undefined {
    const attempt = this.#context.getStore();
    if (attempt === undefined || msg._msgid === undefined || !this.#attempts.has(attempt)) {
      return undefined;
    }
    if (!attempt.trail.has(sourceId)) return undefined;
    this.#adopt(attempt, msg._msgid);
    return attempt;
  }

  /** A message of no attempt does not run in the context of one, unless it is a late one of that. */
  #leaveContext(msg: FlowMessage): void {
    if (this.#context.getStore() === undefined || this.#endedOf(msg) !== undefined) return;
    this.#context.enterWith(undefined);
  }

  /** Link call, Catch, Complete and Status nodes get messages without any of the sending hooks. */
  #receivedDirectly(node: FlowNode, msg: FlowMessage): Attempt | undefined {
    const attempt = this.#byId(msg) ?? (node.type === 'status' ? this.#shown(msg) : undefined);
    if (attempt !== undefined) this.#open(attempt, node, msg);
    return attempt;
  }

  /** A Status node gets a message of its own, from within what the node does that shows the status. */
  #shown(msg: FlowMessage): Attempt | undefined {
    const status = msg['status'];
    const source = isRecord(status) ? status['source'] : undefined;
    const sourceId = isRecord(source) ? source['id'] : undefined;
    return typeof sourceId === 'string' ? this.#adoptFromContext(msg, sourceId) : undefined;
  }

  #open(attempt: Attempt, node: FlowNode, msg: FlowMessage): void {
    this.#nodes.watch(node);
    this.#works.add(msg, attempt.nodeStarted(node));
  }

  #close(msg: FlowMessage, work: Work<Attempt>): void {
    this.#works.remove(msg, work);
    work.attempt.nodeFinished(work);
  }

  /**
   * An error about a message ends the work on it: handlers that throw, and many that report an error,
   * never report done. Function nodes report what a timer throws with an empty message. Returns
   * whether it is known whose error it is, if only that it is none of an attempt's.
   */
  #reported(node: FlowNode, error: unknown, msg: FlowMessage): boolean {
    const work = this.#works.find(node.id, msg);
    const attempt =
      work?.attempt ?? this.#byId(msg) ?? this.#contextOf(node.id, msg) ?? this.#endedOf(msg);
    if (attempt === undefined) return msg._msgid !== undefined;
    this.#failed(attempt, error, node);
    if (work !== undefined) this.#close(msg, work);
    return true;
  }

  /** Where a message has no id to go by: the attempt in whose context the node speaks. */
  #contextOf(nodeId: string, msg: FlowMessage): Attempt | undefined {
    if (msg._msgid !== undefined) return undefined;
    const attempt = this.#context.getStore();
    return attempt?.trail.has(nodeId) ? attempt : undefined;
  }

  /** The attempt of a message that was still on its way when that had ended, and was forgotten. */
  #endedOf(msg: FlowMessage): Attempt | undefined {
    const attempt = this.#context.getStore();
    if (attempt?.concluded !== true || msg._msgid === undefined) return undefined;
    return attempt.messageIds().includes(msg._msgid) ? attempt : undefined;
  }

  readonly #forget = (attempt: Attempt): void => {
    this.#attempts.delete(attempt);
    this.#frozen.forget(attempt);
    for (const id of attempt.messageIds()) {
      if (this.#byMessageId.get(id) === attempt) this.#byMessageId.delete(id);
    }
  };
}

import { AsyncLocalStorage } from 'node:async_hooks';
import type { Clock } from '../shared/clock';
import { errorText } from '../shared/errors';
import { isRecord } from '../shared/json';
import { maySendLate } from './late-senders';
import { Attempt, type AttemptListener, type AttemptOptions, type AttemptPlace } from './attempt';
import { attemptError, httpStatusError } from './attempt-error';
import { UnroutedMessages } from './unrouted-messages';
import type {
  CompleteEvent,
  FlowMessage,
  FlowNode,
  FlowObserver,
  LoggedError,
  ReceiveEvent,
  SendEvent,
} from './flow-hooks';

/** A node works on a message: opened when the message is on its way to it, closed when it is done. */
interface Token {
  readonly attempt: Attempt;
  readonly node: FlowNode;
  open: boolean;
}

export interface TrackerOptions {
  readonly clock: Clock;
  readonly newMessageId: () => string;
  /** Whether a Catch node may see an error of that node. */
  readonly isCatchable: (nodeId: string) => boolean;
  /** Whether that node is switched off in the flows as they were deployed last. */
  readonly isDisabled?: (nodeId: string) => boolean;
}

/**
 * Follows messages through a flow and knows to which attempt each belongs, whatever the nodes do.
 *
 * Lineage: by `_msgid` first, since each attempt starts with a fresh one; then by the asynchronous
 * context, for nodes that send a new message - but only where the sending node was touched by that
 * attempt: a shared interval or pool carries a foreign context. Work is counted by tokens for (node,
 * message *object*), because clones keep their id and many nodes pass the object on before they are
 * done. Errors are taken from every way in which a node can report one.
 */
export class FlowTracker implements FlowObserver {
  readonly #options: TrackerOptions;
  readonly #context = new AsyncLocalStorage<Attempt | undefined>();
  readonly #byMessageId = new Map<string, Attempt>();
  readonly #tokens = new WeakMap<FlowMessage, Token[]>();
  readonly #attempts = new Set<Attempt>();
  readonly #watched = new WeakSet<FlowNode>();
  readonly #closed = new WeakSet<FlowNode>();
  /** Logs an error right now that has been counted by its message: the context may be foreign. */
  #reportingNode: string | null = null;
  #frozen: Map<Attempt, readonly FlowNode[]> | null = null;
  readonly #unrouted: UnroutedMessages;

  constructor(options: TrackerOptions) {
    this.#options = options;
    this.#unrouted = new UnroutedMessages(options.isDisabled ?? (() => false));
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
    const attempt = new Attempt(
      options,
      this.#options.clock,
      listener,
      (ended) => this.#forget(ended),
      place,
    );
    this.#attempts.add(attempt);
    msg._msgid = this.#options.newMessageId();
    this.#adopt(attempt, msg._msgid);
    if (this.#frozen !== null) {
      this.#frozen.set(attempt, []);
      attempt.freeze();
    }
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
    return this.#token(nodeId, msg)?.attempt ?? this.#byId(msg);
  }

  /** A filter dropped the message: it was sent nowhere, on purpose (rule 8). */
  dropped(nodeId: string, msg: FlowMessage, detail: string): void {
    this.attemptOf(nodeId, msg)?.trail.dropped(nodeId, detail);
  }

  /** `flows:stopping`: no verdict from here on, since closing nodes report done. */
  freeze(): void {
    this.#unrouted.begin();
    this.#frozen = new Map();
    for (const attempt of this.#attempts) {
      this.#frozen.set(attempt, [...attempt.workingAt.keys()]);
      attempt.freeze();
    }
  }

  /**
   * While frozen: attempts that lost a node to the deploy are interrupted. Those that had ended but for
   * their quiet period are concluded, since a process that stops will not see the end of that.
   */
  interruptLost(): void {
    for (const [attempt, workingAt] of this.#frozen ?? []) {
      const lost = [...workingAt, ...attempt.workingAt.keys()].some((node) =>
        this.#closed.has(node),
      );
      if (lost || this.#lostLateSender(attempt)) attempt.interrupt();
      else if (!attempt.trail.nodes().some(maySendLate)) attempt.endQuiet();
    }
  }

  /** `flows:stopped`: attempts that lost a node are interrupted, the others go on. */
  thaw(): void {
    this.interruptLost();
    const goOn = [...(this.#frozen?.keys() ?? [])];
    this.#frozen = null;
    for (const attempt of goOn) attempt.thaw();
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
    const attempt = this.#token(node.id, msg)?.attempt ?? this.#receivedDirectly(node, msg);
    if (attempt === undefined) {
      if (this.#context.getStore() !== undefined) this.#context.enterWith(undefined);
      return;
    }
    attempt.trail.received(node, this.#options.clock.now());
    if (node.type === 'catch') this.#caught(attempt, msg);
    if (this.#context.getStore() !== attempt) this.#context.enterWith(attempt);
  }

  postReceive({ msg, destination: { node } }: ReceiveEvent): void {
    if (this.#attempts.size === 0 || (node._expectedDoneCount ?? 0) > 0) return;
    const token = this.#token(node.id, msg);
    if (token === undefined) return;
    token.attempt.legacyNode();
    this.#close(msg, token);
  }

  onComplete({ msg, error, node: { id, node } }: CompleteEvent): void {
    if (this.#attempts.size === 0) return;
    const token = this.#token(id, msg);
    if (token === undefined) return;
    if (error !== undefined && error !== null) this.#failed(token.attempt, error, id);
    else if (node.type === 'http request') this.#checkHttpStatus(token.attempt, msg, node);
    this.#close(msg, token);
  }

  onLoggedError({ nodeId, error }: LoggedError): void {
    if (this.#attempts.size === 0) return;
    if (nodeId === this.#reportingNode) return;
    const attempt = this.#context.getStore();
    if (attempt?.trail.has(nodeId)) this.#failed(attempt, error, nodeId);
    else this.#failIfOnlyOneWorksThere(nodeId, error);
  }

  /** An error without a message, from outside any context: it is this attempt's if no other is there. */
  #failIfOnlyOneWorksThere(nodeId: string, error: unknown): void {
    let only: Attempt | undefined;
    for (const attempt of this.#attempts) {
      if (![...attempt.workingAt.keys()].some((node) => node.id === nodeId)) continue;
      if (only !== undefined) return;
      only = attempt;
    }
    if (only !== undefined) this.#failed(only, error, nodeId);
  }

  #failed(attempt: Attempt, error: unknown, nodeId: string): void {
    attempt.trail.failed(nodeId, errorText(error));
    attempt.fail(attemptError(error, nodeId), this.#options.isCatchable(nodeId));
  }

  #caught(attempt: Attempt, msg: FlowMessage): void {
    const error = msg['error'];
    if (!isRecord(error) || !isRecord(error['source'])) return;
    const sourceId = error['source']['id'];
    if (typeof sourceId === 'string' && attempt.trail.has(sourceId)) {
      this.#failed(attempt, error, sourceId);
    }
  }

  #checkHttpStatus(attempt: Attempt, msg: FlowMessage, node: FlowNode): void {
    const status = msg['statusCode'];
    const { failOnHttpStatus, acceptStatus } = attempt.options;
    if (!failOnHttpStatus || typeof status !== 'number') return;
    if (status < 400 || acceptStatus.includes(status)) return;
    const error = httpStatusError(status, msg['headers'], node.id, this.#options.clock.now());
    attempt.trail.failed(node.id, error.message);
    attempt.fail(error, false);
  }

  #byId(msg: FlowMessage): Attempt | undefined {
    return msg._msgid === undefined ? undefined : this.#byMessageId.get(msg._msgid);
  }

  #adopt(attempt: Attempt, messageId: string): void {
    this.#byMessageId.set(messageId, attempt);
    attempt.messageIds.add(messageId);
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

  /** Link call, Catch, Complete and Status nodes get messages without any of the sending hooks. */
  #receivedDirectly(node: FlowNode, msg: FlowMessage): Attempt | undefined {
    const attempt = this.#byId(msg);
    if (attempt !== undefined) this.#open(attempt, node, msg);
    return attempt;
  }

  #open(attempt: Attempt, node: FlowNode, msg: FlowMessage): void {
    const token: Token = { attempt, node, open: true };
    const others = this.#tokens.get(msg);
    if (others === undefined) this.#tokens.set(msg, [token]);
    else others.push(token);
    this.#watch(node);
    attempt.nodeStarted(node);
  }

  #token(nodeId: string, msg: FlowMessage): Token | undefined {
    const tokens = this.#tokens.get(msg);
    if (tokens === undefined) return undefined;
    for (const token of tokens) if (token.open && token.node.id === nodeId) return token;
    return undefined;
  }

  #close(msg: FlowMessage, token: Token): void {
    token.open = false;
    const others = this.#tokens.get(msg);
    const last = others?.pop();
    if (others !== undefined && last !== undefined && last !== token) {
      others[others.indexOf(token)] = last;
    } else if (others?.length === 0) this.#tokens.delete(msg);
    token.attempt.nodeFinished(token.node);
  }

  /** Sees errors that a node reports by `error(e, msg)` - also from a pool, after a Catch - and its end. */
  #watch(node: FlowNode): void {
    if (this.#watched.has(node)) return;
    this.#watched.add(node);
    node.on?.('close', () => void this.#closed.add(node));
    const report = node.error;
    if (report === undefined) return;
    Object.defineProperty(node, 'error', {
      configurable: true,
      writable: true,
      enumerable: false,
      value: (error: unknown, msg?: unknown) => {
        const outer = this.#reportingNode;
        if (isRecord(msg) && this.#reported(node.id, error, msg)) this.#reportingNode = node.id;
        try {
          report.call(node, error, msg);
        } finally {
          this.#reportingNode = outer;
        }
      },
    });
  }

  /**
   * An error about a message ends the work on it: handlers that throw, and many that report an error,
   * never report done. Function nodes report what a timer throws with an empty message. Returns
   * whether it is known whose error it is, if only that it is none of an attempt's.
   */
  #reported(nodeId: string, error: unknown, msg: FlowMessage): boolean {
    const token = this.#token(nodeId, msg);
    const attempt = token?.attempt ?? this.#byId(msg) ?? this.#contextOf(nodeId, msg);
    if (attempt === undefined) return msg._msgid !== undefined;
    this.#failed(attempt, error, nodeId);
    if (token !== undefined) this.#close(msg, token);
    return true;
  }

  /** Where a message has no id to go by: the attempt in whose context the node speaks. */
  #contextOf(nodeId: string, msg: FlowMessage): Attempt | undefined {
    if (msg._msgid !== undefined) return undefined;
    const attempt = this.#context.getStore();
    return attempt?.trail.has(nodeId) ? attempt : undefined;
  }

  #lostLateSender(attempt: Attempt): boolean {
    return attempt.trail.nodes().some((node) => this.#closed.has(node) && maySendLate(node));
  }

  #forget(attempt: Attempt): void {
    this.#attempts.delete(attempt);
    this.#frozen?.delete(attempt);
    for (const id of attempt.messageIds) {
      if (this.#byMessageId.get(id) === attempt) this.#byMessageId.delete(id);
    }
  }
}

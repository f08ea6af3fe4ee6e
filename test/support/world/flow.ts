import assert from 'node:assert/strict';
import type { AttemptListener } from '../../../src/delivery/attempt';
import type { FlowMessage } from '../../../src/delivery/flow-hooks';
import { FlowTracker } from '../../../src/delivery/flow-tracker';
import type { Clock } from '../../../src/shared/clock';
import { HandMadeFlow, handMadeNode, type HandMadeNode } from '../tracker/hand-made-flow';
import { Scope } from './scope';

/** The nodes of the flow, and to which others each may send. Retry nodes send to their branches. */
export const WIRES = {
  in: ['top'],
  top: ['side', 'outer', 'inner'],
  side: [],
  outer: ['outer-work', 'outer-exhausted'],
  'outer-work': ['side', 'inner'],
  'outer-exhausted': ['side'],
  inner: ['inner-work', 'inner-exhausted'],
  'inner-work': ['side'],
  'inner-exhausted': [],
} as const satisfies Record<string, readonly string[]>;
export type NodeId = keyof typeof WIRES;
export const NODE_IDS = Object.keys(WIRES) as NodeId[];
export const RETRY_NODES: readonly NodeId[] = ['outer', 'inner'];

/** A node works on a message. */
export interface Task {
  readonly node: HandMadeNode;
  readonly msg: FlowMessage;
  readonly scope: Scope;
  /** Of a retry node: the scope of the first try that it runs for this message. */
  child: Scope | null;
  end: 'ended' | 'dropped' | 'passed on' | null;
}

/** How a node ends its work on a message. */
export type Ending =
  | { readonly how: 'done' | 'error' | 'permanent error' | 'drop' }
  | { readonly how: 'pass'; readonly to: number }
  | { readonly how: 'verdict'; readonly says: 'success' | 'failure' | 'permanent' };

export interface FlowHooks {
  /** An attempt begins. */
  started(scope: Scope): void;
  /** A message reaches a retry node. */
  retry(id: NodeId, task: Task): void;
  /** Its event was handed over again meanwhile. */
  isRepeated(scope: Scope): boolean;
  /** A rule does not hold. Not thrown where it is found: that is within the product. */
  broken(fault: unknown): void;
}

const PAST_TASKS = 8;

/** A flow whose nodes do what the test says, and the tracker that follows it. */
export class WorldFlow {
  readonly tracker: FlowTracker;
  readonly tasks: Task[] = [];
  /** Tasks that ended lately, for what a node still says or sends after that. */
  readonly past: Task[] = [];
  readonly #flow: HandMadeFlow;
  readonly #hooks: FlowHooks;
  readonly #nodes = new Map<NodeId, HandMadeNode>();
  readonly scopes: Scope[] = [];
  readonly #byAttempt = new Map<unknown, Scope>();
  /** Which retry node an attempt is of, by the function with which it sends. */
  readonly senders = new Map<unknown, NodeId>();
  #starting: Scope | null = null;
  deploying = false;

  constructor(clock: Clock, catchable: boolean, hooks: FlowHooks, newMessageId: () => string) {
    this.tracker = new FlowTracker({ clock, newMessageId, isCatchable: () => catchable });
    this.#flow = new HandMadeFlow(this.tracker);
    this.#hooks = hooks;
    for (const id of NODE_IDS) this.#build(id);
    this.#watchStarts();
  }

  /** One of ours sends: the endpoint, or a retry node to one of its branches. */
  send(from: NodeId, to: NodeId, msg: FlowMessage): void {
    const [source, node] = [this.#node(from), this.#node(to)];
    this.#flow.send(source, msg, node);
    this.#arrive(node, msg);
  }

  end(task: Task, ending: Ending): void {
    const { scope, node, msg } = task;
    const counts = scope.isOpen;
    switch (ending.how) {
      case 'verdict': {
        const { says } = ending;
        const verdict =
          says === 'success'
            ? { kind: 'success' as const }
            : { kind: 'failure' as const, reason: 'said so', permanent: says === 'permanent' };
        const answer = this.tracker.end(node.id, msg, verdict);
        assert.equal(answer, counts ? 'ended' : 'too late');
        if (counts) scope.verdict = says === 'success' ? 'success' : 'failed';
        break;
      }
      case 'pass':
        if (this.#pass(task, ending.to)) return this.#close(task, 'passed on');
        break;
      case 'drop':
        this.tracker.dropped(node.id, msg, 'not wanted');
        return this.#close(task, 'dropped');
      case 'error':
      case 'permanent error':
        if (counts) scope.errors += 1;
        return this.#close(task, 'ended', failure(ending.how === 'permanent error'));
      case 'done':
    }
    this.#close(task, 'ended');
  }

  /** A node reports an error about a message that it was done with. */
  complain(task: Task): void {
    const { node, msg, scope } = task;
    if (scope.isOpen && this.tracker.attemptOf(node.id, msg) === scope.attempt) scope.errors += 1;
    node.error(failure(false), msg);
  }

  /** A function sends a message that it was done with: its path did not end there. */
  sendLate(task: Task): void {
    const { scope } = task;
    if (!scope.isLiving || this.tracker.attemptOf(task.node.id, task.msg) !== scope.attempt) return;
    if (!this.#pass(task, 0) || task.end !== 'ended') return;
    scope.ends -= 1;
    task.end = 'passed on';
  }

  /** A retry node is done with a message: it worked, or is parked. */
  retryDone(task: Task, error: unknown): void {
    if (error !== undefined) this.#hooks.broken(error);
    const result = task.child?.result;
    if (task.end === null) this.#close(task, result?.outcome === 'ignored' ? 'dropped' : 'ended');
  }

  /** A deploy closes these nodes; some report done then. */
  closeNodes(ids: readonly NodeId[], reportDone: boolean): void {
    for (const id of ids) {
      const node = this.#node(id);
      node.close();
      for (const task of this.tasks.filter((one) => one.node === node)) {
        this.#remove(task);
        if (reportDone) this.#flow.done(node, task.msg);
      }
    }
  }

  buildAgain(ids: readonly NodeId[]): void {
    for (const id of ids) this.#build(id);
  }

  #build(id: NodeId): void {
    const type = RETRY_NODES.includes(id) ? 'webhook-retry' : id === 'side' ? 'change' : 'function';
    this.#nodes.set(id, handMadeNode(id, { type }));
  }

  #node(id: NodeId): HandMadeNode {
    const node = this.#nodes.get(id);
    assert.ok(node);
    return node;
  }

  #pass(task: Task, choice: number): boolean {
    const wires = WIRES[task.node.id as NodeId] as readonly NodeId[];
    const wanted = wires.filter((_, at) => ((choice >> at) & 1) === 1);
    const targets = (wanted.length > 0 ? wanted : wires.slice(0, 1)).map((id) => this.#node(id));
    if (targets.length === 0) return false;
    const copies = targets.map(() => ({ ...task.msg }));
    // One call of `send`: the tracker hears of all its messages before the first arrives.
    const events = targets.map((node, at) => ({
      ...{ msg: copies[at] as FlowMessage, source: { id: task.node.id, node: task.node } },
      destination: { id: node.id, node },
    }));
    this.tracker.onSend(events);
    for (const event of events) this.tracker.preDeliver(event);
    for (const [at, node] of targets.entries()) this.#arrive(node, copies[at] as FlowMessage);
    return true;
  }

  #arrive(node: HandMadeNode, msg: FlowMessage): void {
    const attempt = this.tracker.attemptOf(node.id, msg);
    if (attempt === undefined) return;
    const scope = this.#byAttempt.get(attempt) ?? this.#starting;
    assert.ok(scope);
    this.#byAttempt.set(attempt, scope);
    scope.attempt = attempt;
    const task: Task = { node, msg, scope, child: null, end: null };
    this.tasks.push(task);
    scope.working += 1;
    this.#flow.receive(node, msg, () => {
      const id = node.id as NodeId;
      if (RETRY_NODES.includes(id)) this.#hooks.retry(id, task);
    });
  }

  #close(task: Task, end: NonNullable<Task['end']>, error?: Error): void {
    const { scope, node, msg } = task;
    task.end = end;
    scope.working -= 1;
    if (end === 'ended') scope.ends += 1;
    if (end === 'dropped') scope.drops += 1;
    this.#remove(task);
    this.past.push(task);
    if (this.past.length > PAST_TASKS) this.past.shift();
    this.#flow.done(node, msg, error);
  }

  #remove(task: Task): void {
    const at = this.tasks.indexOf(task);
    if (at >= 0) this.tasks.splice(at, 1);
  }

  /** Each attempt that begins gets a scope, and its end is compared with what that knows. */
  #watchStarts(): void {
    const start = this.tracker.start.bind(this.tracker);
    this.tracker.start = (options, listener, msg, send, place) => {
      const kind = place?.outer ? 'first try' : msg['retry'] === undefined ? 'delivery' : 'job';
      const scope = new Scope(kind, options, place?.owner ?? null);
      this.#hooks.started(scope);
      this.scopes.push(scope);
      const parent = this.tasks.find(
        ({ scope: { attempt }, node }) =>
          place !== undefined && attempt === place.outer && node.id === this.senders.get(send),
      );
      if (parent !== undefined) parent.child = scope;
      this.#starting = scope;
      const attempt = start(options, this.#watched(listener, scope), msg, send, place);
      this.#starting = null;
      this.#byAttempt.set(attempt, scope);
      scope.attempt = attempt;
      return attempt;
    };
  }

  #watched(listener: AttemptListener, scope: Scope): AttemptListener {
    return {
      onDrained: () => listener.onDrained?.(),
      onLateError: (step) => listener.onLateError?.(step),
      onConcluded: (result) => {
        try {
          scope.conclude(result, () => this.deploying || this.#hooks.isRepeated(scope));
        } catch (thrown) {
          this.#hooks.broken(thrown);
        }
        listener.onConcluded(result);
      },
    };
  }
}

function failure(permanent: boolean): Error {
  return Object.assign(new Error('down'), { permanent });
}

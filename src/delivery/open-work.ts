import type { FlowMessage, FlowNode } from './flow-hooks';

/** A node works on a message of an attempt `A`: from when it is on its way there until the node is done. */
export class Work<A> {
  readonly attempt: A;
  readonly node: FlowNode;
  open = true;
  /** Neighbours among the open works of the attempt. */
  before: Work<A> | null = null;
  after: Work<A> | null = null;
  /** Another node that works on the same message object. */
  sameMessage: Work<A> | undefined = undefined;

  constructor(attempt: A, node: FlowNode) {
    this.attempt = attempt;
    this.node = node;
  }
}

/** What nodes work on for one attempt. Linked, not a Set: this is written twice on each hop. */
export class OpenWork<A> {
  #newest: Work<A> | null = null;

  add(work: Work<A>): void {
    work.before = this.#newest;
    if (this.#newest !== null) this.#newest.after = work;
    this.#newest = work;
  }

  remove(work: Work<A>): void {
    const { before, after } = work;
    if (before !== null) before.after = after;
    if (after !== null) after.before = before;
    else this.#newest = before;
    work.open = false;
  }

  /** Removes those at such nodes; how many. */
  removeAt(isSuch: (node: FlowNode) => boolean): number {
    let count = 0;
    for (let work = this.#newest; work !== null; work = work.before) {
      if (!isSuch(work.node)) continue;
      this.remove(work);
      count++;
    }
    return count;
  }

  /** How many are with nodes of these types. */
  countAt(types: readonly string[]): number {
    let count = 0;
    for (let work = this.#newest; work !== null; work = work.before) {
      if (types.includes(work.node.type)) count++;
    }
    return count;
  }

  /** The nodes that work, in the order in which they began. */
  nodes(): FlowNode[] {
    const nodes = new Set<FlowNode>();
    for (let work = this.#newest; work !== null; work = work.before) nodes.add(work.node);
    return [...nodes].reverse();
  }

  /** A work of that node. */
  at(nodeId: string): Work<A> | undefined {
    let work = this.#newest;
    while (work !== null && work.node.id !== nodeId) work = work.before;
    return work ?? undefined;
  }
}

/**
 * Finds the open work for a message *object*: clones keep their `_msgid`, and some nodes change it on
 * the way.
 */
export class WorkByMessage<A> {
  readonly #works = new WeakMap<FlowMessage, Work<A>>();

  add(msg: FlowMessage, work: Work<A>): void {
    work.sameMessage = this.#works.get(msg);
    this.#works.set(msg, work);
  }

  find(nodeId: string, msg: FlowMessage): Work<A> | undefined {
    let work = this.#works.get(msg);
    while (work !== undefined && work.node.id !== nodeId) work = work.sameMessage;
    return work;
  }

  remove(msg: FlowMessage, work: Work<A>): void {
    const first = this.#works.get(msg);
    if (first === work) {
      if (work.sameMessage === undefined) this.#works.delete(msg);
      else this.#works.set(msg, work.sameMessage);
      return;
    }
    for (let other = first; other !== undefined; other = other.sameMessage) {
      if (other.sameMessage === work) other.sameMessage = work.sameMessage;
    }
  }
}

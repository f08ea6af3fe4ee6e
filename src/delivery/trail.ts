import type { TrailStep } from '../events/event';
import type { FlowNode } from './flow-hooks';

/** Steps written down of an attempt: a huge flow must not fill the disk. */
const MAX_STEPS = 200;
const MAX_TEXT = 500;
/** Errors that are kept of an attempt that has ended: a timer may report one again and again. */
const MAX_LATE_ERRORS = 20;

/** How often a node got, sent and dropped messages of an attempt. Small: an attempt has one for each node. */
class Step {
  readonly node: FlowNode;
  readonly atMs: number;
  readonly before: Step | null;
  received = 1;
  /** Calls of `send` with a message of this attempt. */
  sends = 0;
  drops = 0;

  constructor(node: FlowNode, atMs: number, before: Step | null) {
    this.node = node;
    this.atMs = atMs;
    this.before = before;
  }
}

interface Notes {
  error?: string;
  dropped?: string;
}

/** From here on steps are found by a map, which for a short flow costs more than looking at each. */
const MANY_STEPS = 16;

/** The nodes that an attempt touched, in order. */
export class Trail {
  readonly #startedAtMs: number;
  #latest: Step | null = null;
  #count = 0;
  #byNode: Map<string, Step> | null = null;
  #notes: Map<Step, Notes> | null = null;
  #included: TrailStep[] | null = null;
  #includedNodes: Map<string, TrailStep> | null = null;
  #lateErrors = 0;

  constructor(startedAtMs: number) {
    this.#startedAtMs = startedAtMs;
  }

  received(node: FlowNode, nowMs: number): void {
    const step = this.#find(node.id);
    if (step !== null) step.received++;
    else this.#add(node, nowMs);
  }

  sent(nodeId: string): void {
    const step = this.#find(nodeId);
    if (step !== null) step.sends++;
  }

  /** The first error of each node is kept; false: it had reported one before. */
  failed(nodeId: string, text: string): boolean {
    const step = this.#find(nodeId);
    if (step === null) return true;
    const notes = this.#notesOf(step);
    if (notes.error !== undefined) return false;
    notes.error = text.slice(0, MAX_TEXT);
    return true;
  }

  /** An error that came after the end of the attempt, as a step of its own; null: there were many. */
  late(
    { id, type, name = '' }: Pick<FlowNode, 'id' | 'type' | 'name'>,
    text: string,
    atMs: number,
  ): TrailStep | null {
    if (this.#lateErrors === MAX_LATE_ERRORS) return null;
    this.#lateErrors++;
    return { nodeId: id, type, name, atMs, count: 1, error: text.slice(0, MAX_TEXT) };
  }

  /** An error that came late in an attempt within this one, as a step of its own. */
  include(step: TrailStep): void {
    (this.#included ??= []).push(step);
  }

  /** The steps of an attempt within this one, which has no record of its own. */
  includeAttempt(steps: readonly TrailStep[], startedAtMs: number): void {
    for (const step of steps) this.#includeStep(step, step.atMs + startedAtMs - this.#startedAtMs);
  }

  /** A node that several attempts within this one touched stands once. */
  #includeStep(step: TrailStep, atMs: number): void {
    const nodes = (this.#includedNodes ??= new Map<string, TrailStep>());
    const known = nodes.get(step.nodeId);
    if (known === undefined && nodes.size >= MAX_STEPS) return;
    const count = step.count + (known?.count ?? 0);
    nodes.set(step.nodeId, { ...step, atMs, ...known, count });
  }

  dropped(nodeId: string, detail: string): void {
    const step = this.#find(nodeId);
    if (step === null) return;
    step.drops++;
    this.#notesOf(step).dropped ??= detail.slice(0, MAX_TEXT);
  }

  has(nodeId: string): boolean {
    return this.#find(nodeId) !== null;
  }

  node(nodeId: string): FlowNode | undefined {
    return this.#find(nodeId)?.node;
  }

  nodes(): FlowNode[] {
    return this.#inOrder().map((step) => step.node);
  }

  #add(node: FlowNode, nowMs: number): void {
    // As an integer: V8 would box the difference of two times, for each step.
    const step = new Step(node, (nowMs - this.#startedAtMs) | 0, this.#latest);
    this.#latest = step;
    this.#count++;
    if (this.#byNode !== null) this.#byNode.set(node.id, step);
    else if (this.#count === MANY_STEPS) {
      this.#byNode = new Map(this.#inOrder().map((each) => [each.node.id, each]));
    }
  }

  /** What is looked for was most often reached last. */
  #find(nodeId: string): Step | null {
    if (this.#byNode !== null) return this.#byNode.get(nodeId) ?? null;
    let step = this.#latest;
    while (step !== null && step.node.id !== nodeId) step = step.before;
    return step;
  }

  #notesOf(step: Step): Notes {
    this.#notes ??= new Map();
    const notes = this.#notes.get(step) ?? {};
    this.#notes.set(step, notes);
    return notes;
  }

  #inOrder(): Step[] {
    const steps: Step[] = [];
    for (let step = this.#latest; step !== null; step = step.before) steps.push(step);
    return steps.reverse();
  }

  /** Rule 8: every message that came to an end did so at a filter drop, and there was one. */
  endedOnlyInDrops(): boolean {
    let drops = 0;
    for (let step = this.#latest; step !== null; step = step.before) {
      if (step.sends + step.drops < step.received) return false;
      drops += step.drops;
    }
    return drops > 0;
  }

  firstDrop(): string | null {
    for (const step of this.#inOrder()) {
      const dropped = this.#notes?.get(step)?.dropped;
      if (dropped !== undefined) return dropped;
    }
    return null;
  }

  steps(): TrailStep[] {
    const own = this.#inOrder().map((step) => ({
      nodeId: step.node.id,
      type: step.node.type,
      name: step.node.name ?? '',
      atMs: step.atMs,
      count: step.received,
      ...this.#notes?.get(step),
    }));
    if (this.#included === null && this.#includedNodes === null) return own.slice(0, MAX_STEPS);
    const within = [...(this.#includedNodes?.values() ?? []), ...(this.#included ?? [])];
    return [...own, ...within].sort((a, b) => a.atMs - b.atMs).slice(0, MAX_STEPS);
  }
}

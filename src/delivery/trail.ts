import type { TrailStep } from '../events/event';
import type { FlowNode } from './flow-hooks';

/** Steps written down of an attempt: a huge flow must not fill the disk. */
const MAX_STEPS = 200;
const MAX_TEXT = 500;

interface Step {
  readonly node: FlowNode;
  readonly atMs: number;
  received: number;
  /** Calls of `send` with a message of this attempt. */
  sends: number;
  drops: number;
  error?: string;
  dropped?: string;
}

/** The nodes that an attempt touched, in order. */
export class Trail {
  readonly #steps = new Map<string, Step>();
  readonly #startedAtMs: number;

  constructor(startedAtMs: number) {
    this.#startedAtMs = startedAtMs;
  }

  received(node: FlowNode, nowMs: number): void {
    const step = this.#steps.get(node.id);
    if (step !== undefined) step.received++;
    else {
      this.#steps.set(node.id, {
        node,
        atMs: nowMs - this.#startedAtMs,
        received: 1,
        sends: 0,
        drops: 0,
      });
    }
  }

  sent(nodeId: string): void {
    const step = this.#steps.get(nodeId);
    if (step !== undefined) step.sends++;
  }

  failed(nodeId: string, text: string): void {
    const step = this.#steps.get(nodeId);
    if (step !== undefined) step.error ??= text.slice(0, MAX_TEXT);
  }

  dropped(nodeId: string, detail: string): void {
    const step = this.#steps.get(nodeId);
    if (step === undefined) return;
    step.drops++;
    step.dropped ??= detail.slice(0, MAX_TEXT);
  }

  has(nodeId: string): boolean {
    return this.#steps.has(nodeId);
  }

  nodes(): FlowNode[] {
    return [...this.#steps.values()].map((step) => step.node);
  }

  /** Rule 8: every message that came to an end did so at a filter drop, and there was one. */
  endedOnlyInDrops(): boolean {
    let drops = 0;
    for (const step of this.#steps.values()) {
      if (step.sends + step.drops < step.received) return false;
      drops += step.drops;
    }
    return drops > 0;
  }

  firstDrop(): string | null {
    for (const step of this.#steps.values()) if (step.dropped !== undefined) return step.dropped;
    return null;
  }

  steps(): TrailStep[] {
    return [...this.#steps.values()].slice(0, MAX_STEPS).map((step) => ({
      nodeId: step.node.id,
      type: step.node.type,
      name: step.node.name ?? '',
      atMs: step.atMs,
      count: step.received,
      ...(step.error === undefined ? {} : { error: step.error }),
      ...(step.dropped === undefined ? {} : { dropped: step.dropped }),
    }));
  }
}

import type { Attempt } from './attempt';
import type { FlowNode } from './flow-hooks';
import { endsWhenClosed, maySendLate } from './node-habits';
import type { WatchedNodes } from './watched-nodes';

/**
 * The attempts while the flows stop (rule 6): their verdicts freeze, since closing nodes report done.
 * Afterwards those that lost a node are interrupted, and the others go on.
 */
export class FrozenAttempts {
  readonly #nodes: WatchedNodes;
  /** In the order in which they began, with the nodes that worked for them when the flows stopped. */
  #frozen: Map<Attempt, readonly FlowNode[]> | null = null;

  constructor(nodes: WatchedNodes) {
    this.#nodes = nodes;
  }

  freeze(attempts: Iterable<Attempt>): void {
    this.#frozen = new Map();
    for (const attempt of attempts) {
      this.#frozen.set(attempt, attempt.openWork.nodes());
      attempt.freeze();
    }
  }

  /** It starts while the flows stop. */
  started(attempt: Attempt): void {
    if (this.#frozen === null) return;
    this.#frozen.set(attempt, []);
    attempt.freeze();
  }

  forget(attempt: Attempt): void {
    this.#frozen?.delete(attempt);
  }

  /**
   * For a process that ends: attempts that are at their last node may end there, for `boundMs`. Only
   * where that node is known to work on when it is closed, and only as a success: what an error would
   * lead to has no flow any more.
   */
  async letEnd(boundMs: number): Promise<void> {
    const attempts = [...(this.#frozen?.keys() ?? [])];
    // The outer ones end when their inner ones have.
    await Promise.all(attempts.map((attempt) => this.#letOneEnd(attempt, boundMs)));
  }

  async #letOneEnd(attempt: Attempt, boundMs: number): Promise<void> {
    const working = [...(this.#frozen?.get(attempt) ?? []), ...attempt.openWork.nodes()];
    if (!working.every(endsWhenClosed) || attempt.trail.nodes().some(maySendLate)) return;
    await new Promise<void>((resolve) => attempt.whenIdle(boundMs, resolve));
    // The end of its last node may be the moment in which it sends: to nobody, as the flow is gone.
    await new Promise<void>((resolve) => void setImmediate(resolve));
    if (attempt.failing || this.#frozen?.has(attempt) !== true) return;
    if (attempt.openWork.nodes().length > 0) return;
    this.#frozen.set(attempt, []);
    attempt.endQuiet();
  }

  /**
   * Attempts that lost a node to the deploy are interrupted. Those that had ended but for their quiet
   * period are concluded, since a process that stops will not see the end of that.
   */
  interruptLost(): void {
    for (const [attempt, workingAt] of this.#frozen ?? []) {
      const lost = [...workingAt, ...attempt.openWork.nodes()].some((node) =>
        this.#nodes.isClosed(node),
      );
      if (lost || this.#lostLateSender(attempt))
        attempt.interrupt((node) => this.#nodes.isClosed(node));
      else if (!attempt.trail.nodes().some(maySendLate)) attempt.endQuiet();
    }
  }

  /** The flows have stopped: attempts that lost a node are interrupted, the others go on. */
  thaw(): void {
    this.interruptLost();
    const goOn = [...(this.#frozen?.keys() ?? [])];
    this.#frozen = null;
    for (const attempt of goOn) attempt.thaw();
  }

  #lostLateSender(attempt: Attempt): boolean {
    return attempt.trail.nodes().some((node) => this.#nodes.isClosed(node) && maySendLate(node));
  }
}

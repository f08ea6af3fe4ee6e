/** Something that works for a node while the flows run: a dispatcher, a retry runner. */
export interface FlowWorker {
  open(): void;
  close(): void;
  /** The store may hold work that the worker does not know of. */
  wake(): void;
  readonly idle: boolean;
}

interface Entry<W> {
  readonly worker: W;
  /** Which instance of the node it works for now; null: none. */
  instance: object | null;
}

/**
 * The workers of all nodes of a kind, by node id. A worker outlives the instances of its node: a
 * deploy replaces those while attempts, answers and retries of the worker go on.
 */
export class FlowWorkers<W extends FlowWorker> {
  readonly #entries = new Map<string, Entry<W>>();
  #running = false;

  /** A node was built: its worker is created, or taken over from the instance before. */
  attach(nodeId: string, instance: object, create: () => W, takeOver: (worker: W) => void): W {
    const known = this.#entries.get(nodeId);
    if (known === undefined) {
      const worker = create();
      this.#entries.set(nodeId, { worker, instance });
      if (this.#running) worker.open();
      return worker;
    }
    known.instance = instance;
    takeOver(known.worker);
    return known.worker;
  }

  /** That instance was closed. */
  detach(nodeId: string, instance: object): void {
    const entry = this.#entries.get(nodeId);
    if (entry?.instance === instance) entry.instance = null;
  }

  wake(): void {
    for (const { worker } of this.#entries.values()) worker.wake();
  }

  /** Whether the node exists. */
  isAttached(nodeId: string): boolean {
    const entry = this.#entries.get(nodeId);
    return entry !== undefined && entry.instance !== null;
  }

  /** Whether the flows run without that node: in a deploy a node is not missing, only away. */
  isMissing(nodeId: string): boolean {
    return this.#running && !this.isAttached(nodeId);
  }

  /** The nodes that exist. */
  attachedIds(): string[] {
    return [...this.#entries].flatMap(([id, { instance }]) => (instance === null ? [] : [id]));
  }

  /** The workers whose node exists. */
  attached(): W[] {
    return [...this.#entries.values()]
      .filter(({ instance }) => instance !== null)
      .map(({ worker }) => worker);
  }

  /** The flows are being stopped. */
  stop(): void {
    this.#running = false;
    for (const { worker } of this.#entries.values()) worker.close();
  }

  /** The flows run (again): workers whose node is gone are dropped once they have nothing in hand. */
  start(): void {
    this.#running = true;
    for (const [nodeId, { worker, instance }] of [...this.#entries]) {
      if (instance !== null) worker.open();
      else if (worker.idle) this.#entries.delete(nodeId);
    }
  }
}

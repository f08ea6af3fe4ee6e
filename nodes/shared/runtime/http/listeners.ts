import type { Node, NodeAPI } from 'node-red';
import { systemClock } from '../../../../src/shared/clock';
import { webhooksRuntime } from '../webhooks-runtime';
import { FlowPhases } from './flow-phase';
import type { ListenerOptions } from './listener-options';
import { ListenerServer } from './listener-server';
import { onProcessStop } from './process-stop';

/** What is to be seen at the endpoints of a listener. */
export interface ListenerState {
  /** Why its port is not open; null: it is. */
  readonly problem: string | null;
  /** What its owner should know, though it works; null: nothing. */
  readonly notice: string | null;
}

type OnState = (state: ListenerState) => void;

/** A listener as its node describes it. */
export interface DescribedListener extends ListenerOptions {
  /** Trusted proxies in front, where an endpoint does not say. */
  readonly proxyHops: number;
  /** See `ListenerState`. */
  readonly notice: string | null;
}

interface Listener {
  readonly server: ListenerServer;
  /** The node that configures it; null: that was closed. */
  node: Node | null;
  proxyHops: number;
  state: ListenerState;
  readonly watchers: Set<OnState>;
}

/** The listeners of one Node-RED, by the id of their node: they outlive its instances. */
export class Listeners {
  readonly #RED: NodeAPI;
  readonly #phases: FlowPhases;
  readonly #listeners = new Map<string, Listener>();

  constructor(RED: NodeAPI) {
    this.#RED = RED;
    this.#phases = new FlowPhases(RED, systemClock, () => this.#settle());
    onProcessStop(() => this.#phases.end());
  }

  /** The node describes the listener; it opens, changes or stays when the flows are started. */
  attach(node: Node, options: DescribedListener): void {
    const known = this.#listeners.get(node.id);
    if (known === undefined) this.#listeners.set(node.id, this.#create(node, options));
    else {
      known.node = node;
      known.proxyHops = options.proxyHops;
      known.server.configure(options);
      tell(known, { ...known.state, notice: options.notice });
    }
    node.on('close', () => {
      const listener = this.#listeners.get(node.id);
      if (listener?.node === node) listener.node = null;
    });
  }

  /** Undefined: there is no such listener, or its configuration is not valid. */
  find(id: string): { readonly server: ListenerServer; readonly proxyHops: number } | undefined {
    const listener = this.#listeners.get(id);
    return listener?.node === null ? undefined : listener;
  }

  /** The servers, by the id of their node. */
  all(): [id: string, server: ListenerServer][] {
    return [...this.#listeners].map(([id, { server }]) => [id, server]);
  }

  /** Tells what is to be seen, now and when that changes. Returns the function that ends it. */
  watch(id: string, onState: OnState): () => void {
    const listener = this.#listeners.get(id);
    if (listener === undefined) return () => undefined;
    listener.watchers.add(onState);
    onState(listener.state);
    return () => void listener.watchers.delete(onState);
  }

  #create(node: Node, options: DescribedListener): Listener {
    const { metrics } = webhooksRuntime(this.#RED);
    const server = new ListenerServer(options, {
      RED: this.#RED,
      clock: systemClock,
      phases: this.#phases,
      scrape: (accept) => metrics.scrape(accept),
      onProblem: (problem) => {
        if (problem !== null && problem !== listener.state.problem) {
          this.#RED.log.error(`[webhooks] The listener ${node.id} does not listen: ${problem}`);
        }
        tell(listener, { ...listener.state, problem });
      },
    });
    const { proxyHops, notice } = options;
    const state = { problem: null, notice };
    const listener: Listener = { server, node, proxyHops, state, watchers: new Set() };
    return listener;
  }

  /** First those that are gone: another one may want their port. */
  #settle(): void {
    for (const [id, { server, node }] of this.#listeners) {
      if (node !== null) continue;
      server.close();
      this.#listeners.delete(id);
    }
    for (const { server } of this.#listeners.values()) server.settle();
  }
}

function tell(listener: Listener, state: ListenerState): void {
  listener.state = state;
  for (const watcher of listener.watchers) watcher(state);
}

const known = new WeakMap<object, Listeners>();

/** Those of this Node-RED. */
export function listenersOf(RED: NodeAPI): Listeners {
  const before = known.get(RED.events);
  if (before !== undefined) return before;
  const listeners = new Listeners(RED);
  known.set(RED.events, listeners);
  return listeners;
}

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { type FlowNode, type NodeRedProcess } from '../support/node-red-process';

const UNFINISHED = ['pending', 'processing', 'retrying'];

export interface Answered {
  readonly status: number;
  readonly retryAfter: string | null;
  /** Of a 200. */
  readonly id: string;
}

/** Sends events to a Node-RED and looks at what became of them. */
export class Sender {
  readonly #nodeRed: NodeRedProcess;
  readonly #path: string;

  constructor(nodeRed: NodeRedProcess, path: string) {
    this.#nodeRed = nodeRed;
    this.#path = path;
  }

  /** Null: no answer. */
  async post(payload: unknown, key: string = randomUUID()): Promise<Answered | null> {
    try {
      const response = await fetch(this.#nodeRed.url(this.#path), {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-delivery': key },
        body: JSON.stringify(payload),
        signal: AbortSignal.timeout(20_000),
      });
      const body = (await response.json()) as { event_id?: string };
      const retryAfter = response.headers.get('retry-after');
      return { status: response.status, retryAfter, id: body.event_id ?? '' };
    } catch {
      return null;
    }
  }

  /** Sends it again, as a sender does, until it is acknowledged; its id. */
  async untilTaken(payload: unknown, key: string = randomUUID()): Promise<string> {
    return this.#nodeRed.waitFor(
      async () => {
        const answer = await this.post(payload, key);
        return answer?.status === 200 ? answer.id : undefined;
      },
      'a 200',
      30_000,
    );
  }

  async get(path: string): Promise<any> {
    const response = await fetch(this.#nodeRed.url(`/apilinker-webhooks${path}`));
    assert.equal(response.status, 200);
    return response.json();
  }

  /** Waits until every event is final, then tells the status of these. */
  async outcomes(ids: readonly string[], timeoutMs = 30_000): Promise<string[]> {
    await this.#nodeRed.waitFor(
      async () => {
        const { byStatus } = await this.get('/stats');
        return UNFINISHED.every((status) => byStatus[status] === 0) ? true : undefined;
      },
      'a final status of every event',
      timeoutMs,
    );
    return Promise.all(ids.map(async (id) => (await this.get(`/events/${id}`)).status as string));
  }
}

export const allSucceeded = (ids: readonly unknown[]): string[] => ids.map(() => 'success');

/** A history in a file of its own. */
export function historyAt(path: string): FlowNode {
  return { id: 'history', type: 'webhook-history', name: '', store: 'sqlite', path, maxEvents: 0 };
}

export function endpointAt(path: string, to: string, more: object = {}): FlowNode {
  const dedupKey = 'header:x-delivery';
  const wires = [[to]];
  return {
    id: 'in',
    type: 'webhook-in',
    z: 'tab',
    path,
    dedupKey,
    history: 'history',
    wires,
    ...more,
  };
}

/** Prints each status that a node shows, as `STATUS {...}`. */
export function statusPrinter(): FlowNode[] {
  const func = "node.warn('STATUS ' + JSON.stringify({ ...msg.status, source: undefined }));";
  return [
    {
      id: 'watch',
      type: 'status',
      z: 'tab',
      x: 1,
      y: 1,
      name: '',
      scope: null,
      wires: [['print-status']],
    },
    { id: 'print-status', type: 'function', z: 'tab', name: '', func, outputs: 0, wires: [] },
  ];
}

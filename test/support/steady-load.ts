import { createHmac } from 'node:crypto';
import { Agent, request } from 'node:http';
import { setTimeout as pace } from 'node:timers/promises';
import type { NodeRedProcess } from './node-red-process';

/** The secret with which the load is signed. */
export const LOAD_SECRET = 'the secret of the load';

const HUNG_AFTER_MS = 15_000;

export interface LoadOptions {
  /** The endpoints, by turns; each client sends to all of them. */
  readonly paths: readonly string[];
  readonly clients: number;
  /** How long a client rests after an answer. Milliseconds. */
  readonly restMs: number;
}

/** One request and what became of it. */
export interface Sent {
  readonly path: string;
  /** Stands in the body as well: each request is told from all others. */
  readonly n: number;
  /** `hung`: no answer; `cut`: the connection was closed, as when a process ends. */
  readonly status: number | 'hung' | 'cut';
  readonly eventId: string | null;
  readonly retryAfter: string | null;
  readonly tookMs: number;
}

/**
 * Clients that send signed webhooks all the time, each the next one soon after its last answer, over a
 * connection that it keeps: what a busy sender looks like.
 */
export class SteadyLoad {
  readonly sent: Sent[] = [];
  readonly #nodeRed: Pick<NodeRedProcess, 'url' | 'waitFor'>;
  readonly #options: LoadOptions;
  readonly #clients: Promise<void>[];
  #n = 0;
  #stopping = false;

  private constructor(nodeRed: Pick<NodeRedProcess, 'url' | 'waitFor'>, options: LoadOptions) {
    this.#nodeRed = nodeRed;
    this.#options = options;
    this.#clients = Array.from({ length: options.clients }, () => this.#client());
  }

  static start(nodeRed: Pick<NodeRedProcess, 'url' | 'waitFor'>, options: LoadOptions): SteadyLoad {
    return new SteadyLoad(nodeRed, options);
  }

  /** Resolves when each client has its last answer. */
  async stop(): Promise<readonly Sent[]> {
    this.#stopping = true;
    await Promise.all(this.#clients);
    return this.sent;
  }

  /** Waits for further answers: a test goes on while the load does. */
  async answers(count: number, path?: string): Promise<void> {
    const answered = (): number =>
      this.sent.filter((one) => path === undefined || one.path === path).length;
    const until = answered() + count;
    await this.#nodeRed.waitFor(
      () => (answered() >= until ? true : undefined),
      `${count} more answers`,
      HUNG_AFTER_MS + 5000,
    );
  }

  async #client(): Promise<void> {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    while (!this.#stopping) {
      const n = this.#n++;
      const path = this.#options.paths[n % this.#options.paths.length] ?? '/';
      this.sent.push(await sendSigned(this.#nodeRed.url(path), n, path, agent));
      await pace(this.#options.restMs);
    }
    agent.destroy();
  }
}

/** Sends one signed webhook. */
export function sendSigned(url: string, n: number, path: string, agent?: Agent): Promise<Sent> {
  const body = JSON.stringify({ n });
  const signature = createHmac('sha256', LOAD_SECRET).update(body).digest('hex');
  const headers = {
    'content-type': 'application/json',
    'content-length': body.length,
    'x-hub-signature-256': `sha256=${signature}`,
  };
  const sentAt = performance.now();
  return new Promise((resolve) => {
    const ended = (status: Sent['status'], text = '', retryAfter: string | null = null): void => {
      const tookMs = Math.round(performance.now() - sentAt);
      resolve({ path, n, status, eventId: eventIdOf(text), retryAfter, tookMs });
    };
    const options = { method: 'POST', headers, timeout: HUNG_AFTER_MS };
    const req = request(url, agent === undefined ? options : { ...options, agent }, (res) => {
      let text = '';
      res.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      res.on('end', () => ended(res.statusCode ?? 0, text, res.headers['retry-after'] ?? null));
      res.on('error', () => ended('cut'));
    });
    req.on('timeout', () => {
      ended('hung');
      req.destroy();
    });
    req.on('error', (error: NodeJS.ErrnoException) => {
      // The server closed a kept connection just then: every HTTP client sends again.
      if (!req.reusedSocket || error.code !== 'ECONNRESET') return ended('cut');
      void sendSigned(url, n, path).then(resolve);
    });
    req.end(body);
  });
}

function eventIdOf(text: string): string | null {
  return /"event_id":"([^"]+)"/.exec(text)?.[1] ?? null;
}

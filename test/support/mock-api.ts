import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface MockResponse {
  status?: number;
  headers?: Record<string, string>;
  json?: unknown;
  text?: string;
  /** Never answered. */
  hang?: boolean;
  /** Answered when that is over. */
  after?: Promise<unknown>;
  /** The connection is closed without an answer. */
  close?: boolean;
}

export interface MockRoute {
  method?: string;
  path: string;
  /** Parameters that the query must have, by the last value. */
  query?: Record<string, string>;
  /** Parameters that it must not have. */
  absent_query?: string[];
  /** Used in order; the last one repeats. */
  responses: MockResponse[];
}

export interface RecordedRequest {
  method: string;
  /** Decoded. */
  path: string;
  /** As sent. */
  target: string;
  query: [string, string][];
  headers: Record<string, string>;
  body: unknown;
}

/** A REST API on loopback that answers from a script and records what it was asked. */
export class MockApi {
  readonly requests: RecordedRequest[] = [];
  /** Requests whose sender went away before they were answered. */
  hungUp = 0;
  readonly #server: Server;
  readonly #counts = new Map<MockRoute, number>();
  #waiting: (() => void)[] = [];
  routes: MockRoute[];

  private constructor(routes: MockRoute[]) {
    this.routes = routes;
    this.#server = createServer((request, response) => void this.#handle(request, response));
  }

  static async start(routes: MockRoute[] = []): Promise<MockApi> {
    const api = new MockApi(routes);
    await new Promise<void>((resolve) => api.#server.listen(0, '127.0.0.1', resolve));
    return api;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** How many connections are open. */
  connections(): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#server.getConnections((error, count) => {
        if (error === null) resolve(count);
        else reject(error);
      });
    });
  }

  /** Resolves when that many requests have arrived. */
  async arrived(count: number): Promise<void> {
    while (this.requests.length < count) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    try {
      for await (const chunk of request) chunks.push(chunk as Buffer);
    } catch {
      return;
    }
    response.on('close', () => {
      if (!response.writableFinished) this.hungUp += 1;
    });
    const url = new URL(request.url ?? '', this.url);
    const method = request.method ?? '';
    const path = decodeURIComponent(url.pathname);
    this.requests.push({
      method,
      path,
      target: request.url ?? '',
      query: [...url.searchParams.entries()],
      headers: Object.fromEntries(
        Object.entries(request.headers).map(([name, value]) => [name, String(value)]),
      ),
      body: readBody(Buffer.concat(chunks).toString('utf8')),
    });
    const answer = this.#pick(method, path, url.searchParams);
    for (const resolve of this.#waiting.splice(0)) resolve();
    await answer.after;
    this.#answer(answer, response);
  }

  #pick(method: string, path: string, query: URLSearchParams): MockResponse {
    const route = this.routes.find(
      (each) =>
        each.path === path &&
        (each.method ?? method) === method &&
        Object.entries(each.query ?? {}).every(([name, value]) => query.get(name) === value) &&
        (each.absent_query ?? []).every((name) => !query.has(name)),
    );
    if (route === undefined) return { status: 404, json: { error: 'no route' } };
    const count = this.#counts.get(route) ?? 0;
    this.#counts.set(route, count + 1);
    return route.responses[Math.min(count, route.responses.length - 1)] ?? {};
  }

  #answer(answer: MockResponse, response: ServerResponse): void {
    if (answer.close === true) response.socket?.destroy();
    if (answer.close === true || answer.hang === true) return;
    const text = answer.text ?? ('json' in answer ? JSON.stringify(answer.json) : '');
    response.writeHead(answer.status ?? 200, answer.headers);
    response.end(text);
  }
}

function readBody(text: string): unknown {
  if (text === '') return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

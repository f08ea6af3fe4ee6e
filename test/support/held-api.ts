import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { waitUntil } from './wait-until';

/** An API on loopback that answers each request only when it is told to. */
export class HeldApi {
  readonly #server: Server;
  readonly #held: { readonly path: string; readonly response: ServerResponse }[] = [];

  private constructor() {
    this.#server = createServer((request, response) => {
      request.resume();
      this.#held.push({ path: request.url ?? '', response });
    });
  }

  static async start(): Promise<HeldApi> {
    const api = new HeldApi();
    await new Promise<void>((resolve) => api.#server.listen(0, '127.0.0.1', resolve));
    return api;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Resolves when a request for that path waits for its answer. */
  arrived(path: string): Promise<void> {
    return waitUntil(`a request for ${path}`, () => this.#waiting(path) >= 0);
  }

  /** Answers the oldest request for that path that still has its connection. */
  answer(path: string): void {
    const [held] = this.#held.splice(this.#waiting(path), 1);
    held?.response.end('{}');
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #waiting(path: string): number {
    return this.#held.findIndex((held) => held.path === path && !held.response.destroyed);
  }
}

import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** A network between a client and a server, which a test can break. */
export class TcpProxy {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #isBlackHole = false;
  #targetPort: number;

  private constructor(targetPort: number) {
    this.#targetPort = targetPort;
    this.#server = createServer((client) => {
      const target = connect(this.#targetPort, '127.0.0.1');
      this.#join(client, target);
      this.#join(target, client);
    });
  }

  static async to(targetPort: number): Promise<TcpProxy> {
    const proxy = new TcpProxy(targetPort);
    proxy.#server.listen(0, '127.0.0.1');
    await once(proxy.#server, 'listening');
    return proxy;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** New connections reach another server. */
  redirect(targetPort: number): void {
    this.#targetPort = targetPort;
  }

  /** Packets vanish, and nobody is told. */
  swallow(): void {
    this.#isBlackHole = true;
  }

  /** New connections get through; those of before never hear anything. */
  heal(): void {
    this.#isBlackHole = false;
  }

  async end(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #join(from: Socket, to: Socket): void {
    let isLost = this.#isBlackHole;
    this.#sockets.add(from);
    from.on('data', (bytes) => {
      isLost ||= this.#isBlackHole;
      if (!isLost) to.write(bytes);
    });
    from.on('error', () => undefined);
    from.on('close', () => {
      this.#sockets.delete(from);
      if (!isLost && !this.#isBlackHole) to.destroy();
    });
  }
}

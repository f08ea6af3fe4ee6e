import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

interface Fixture {
  readonly root: string;
  readonly host: { readonly cert: string; readonly key: string };
  /** Certificates over the keys with which recorded requests were signed, by a part of their ids. */
  readonly senders: Readonly<Record<string, string>>;
}

const FIXTURE = JSON.parse(
  readFileSync('test/fixtures/signature/certificate-hosts.json', 'utf8'),
) as Fixture;

/** Plays the hosts at which senders have their certificates, and takes their confirmations. */
export class CertificateHost {
  /** What was asked for: host, path and query. */
  readonly asked: string[] = [];
  /** The certificate of this sender is served. */
  sender = '';
  readonly #server: Server;
  readonly #folder = mkdtempSync(join(tmpdir(), 'certificate-host-'));

  private constructor() {
    this.#server = createServer(FIXTURE.host, (request, response) => {
      this.asked.push(`${request.headers.host ?? ''}${request.url ?? ''}`);
      response.end(FIXTURE.senders[this.sender]);
    });
    writeFileSync(join(this.#folder, 'root.pem'), FIXTURE.root);
  }

  static async start(): Promise<CertificateHost> {
    const host = new CertificateHost();
    host.#server.listen(0, '127.0.0.1');
    await once(host.#server, 'listening');
    return host;
  }

  /** For the process that is to take this for those hosts. */
  get env(): Readonly<Record<string, string>> {
    return {
      CERTIFICATE_HOST_PORT: String((this.#server.address() as AddressInfo).port),
      NODE_EXTRA_CA_CERTS: join(this.#folder, 'root.pem'),
    };
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
    rmSync(this.#folder, { recursive: true });
  }
}

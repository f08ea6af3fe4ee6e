import {
  createServer as createHttpServer,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { Request, Response } from 'express';
import type { NodeAPI } from 'node-red';
import { pathOf } from '../../../../src/ingest/receive';
import { detailAnswer, jsonAnswer, methodNotAllowed } from '../../../../src/ingest/request';
import { RouteTable } from '../../../../src/ingest/routes';
import type { Clock, Timer } from '../../../../src/shared/clock';
import { errorText } from '../../../../src/shared/errors';
import type { Meters } from '../../../../src/metrics/meters';
import { metersOf } from '../meters-of';
import { textOf } from '../text-of';
import { clientCertificate } from './client-certificate';
import { answerCounted, type CountedRequest } from './counted-answer';
import type { EndpointServer, Mount, PathOrder } from './endpoint-server';
import type { FlowPhases } from './flow-phase';
import { flowResponse } from './flow-response';
import { socketKey, type ListenerOptions, type TlsCertificates } from './listener-options';
import { answerScrape, METRICS_PATH, type Scrape } from './listener-metrics';
import { addressOf, type OwnServer } from './own-address';
import { RequestReceiver } from './request-receiver';
import { requestFault } from './request-fault';
import { originForm } from './request-target';
import { takeTestMark } from './test-marks';

/** Who probes a service wants this path, and this name in the answer, as APILinker's server had them. */
const HEALTH_PATH = '/health';
const SERVICE = 'webhook-server';
const REOPEN_MS = 5000;
/** How often connections are looked at that are too slow. */
const LOOK_MS = 2000;
/** A TLS handshake takes no longer than this, however long headers may. */
const MAX_HANDSHAKE_MS = 10_000;
/** The bound of a request line with its headers. Bytes. */
const MAX_HEADER_BYTES = 32 * 1024;

export interface ListenerTools {
  readonly RED: NodeAPI;
  readonly clock: Clock;
  readonly phases: FlowPhases;
  readonly scrape: Scrape;
  /** Why the port is not open; null: it is. */
  readonly onProblem: (problem: string | null) => void;
}

/**
 * A server of our own for endpoints, on plain `node:http(s)`: Node-RED's editor needs no public port, and
 * no request passes through Express. A deploy that keeps host, port and certificates never closes it.
 */
export class ListenerServer implements EndpointServer {
  readonly #tools: ListenerTools;
  readonly #routes = new RouteTable<Mount>();
  readonly #receiver: RequestReceiver;
  readonly #meters: Meters;
  #wanted: ListenerOptions;
  #open: { readonly server: Server; readonly key: string } | null = null;
  #retry: Timer | null = null;
  #closed = false;

  constructor(options: ListenerOptions, tools: ListenerTools) {
    this.#wanted = options;
    this.#tools = tools;
    this.#receiver = new RequestReceiver(tools.RED, tools.phases);
    this.#meters = metersOf(tools.RED);
  }

  /** Takes effect when the flows are started. */
  configure(options: ListenerOptions): void {
    this.#wanted = options;
  }

  mount(mount: Mount): void {
    const { owner, pattern, methods, onState } = mount;
    this.#routes.claim(
      { owner, pattern, methods, target: mount },
      {
        granted: () => onState({ kind: 'open' }),
        refused: (method, held) => onState({ kind: 'conflict', method, held }),
      },
    );
  }

  suspend(owner: string): void {
    this.#routes.suspend(owner);
  }

  get paths(): PathOrder {
    return this.#routes;
  }

  flushed(): Promise<void> {
    return this.#receiver.flushed();
  }

  /** Where it listens; null: it does not. */
  get address(): OwnServer | null {
    return addressOf(this.#open?.server, '');
  }

  /** The flows are started: the routes are what they are now, and the port is what was configured. */
  settle(): void {
    this.#routes.settle();
    const open = this.#open;
    if (open !== null && open.key !== this.#wantedKey()) this.#stop();
    else if (open !== null) applyBounds(open.server, this.#wanted);
    if (this.#open === null) this.#start();
  }

  /** Null: its certificates are missing. */
  #wantedKey(): string | null {
    try {
      return socketKey(this.#wanted, this.#wanted.tls?.() ?? null);
    } catch {
      return null;
    }
  }

  /** Takes no more connections; requests that are being received are answered. */
  close(): void {
    this.#closed = true;
    this.#stop();
  }

  #stop(): void {
    this.#retry?.cancel();
    this.#retry = null;
    const server = this.#open?.server;
    this.#open = null;
    server?.close();
    server?.closeIdleConnections();
  }

  #start(): void {
    this.#retry?.cancel();
    this.#retry = null;
    if (this.#closed) return;
    const options = this.#wanted;
    try {
      const certificates = options.tls?.() ?? null;
      const server = this.#create(options, certificates);
      this.#open = { server, key: socketKey(options, certificates) };
      server.on('error', (error) => this.#failed(server, error));
      server.on('listening', () => this.#tools.onProblem(null));
      server.listen(options.port, options.host);
    } catch (thrown) {
      this.#tryLater(errorText(thrown));
    }
  }

  /** The port is taken, or may not be opened. */
  #failed(server: Server, error: NodeJS.ErrnoException): void {
    if (server !== this.#open?.server) return;
    this.#open = null;
    this.#tryLater(problemOf(this.#tools.RED, error));
  }

  #tryLater(problem: string): void {
    this.#tools.onProblem(problem);
    this.#retry = this.#tools.clock.after(REOPEN_MS, () => this.#start());
  }

  #create(options: ListenerOptions, certificates: TlsCertificates | null): Server {
    const bounds = { maxHeaderSize: MAX_HEADER_BYTES, connectionsCheckingInterval: LOOK_MS };
    const handle = (req: IncomingMessage, res: ServerResponse): void => this.#handle(req, res);
    const server =
      certificates === null
        ? createHttpServer(bounds, handle)
        : this.#createTls({ ...bounds, ...certificates }, options, handle);
    applyBounds(server, options);
    return server;
  }

  /** Throws with words: what OpenSSL says about a certificate are none. */
  #createTls(
    tls: TlsCertificates,
    { requireClientCert, headersTimeoutMs }: ListenerOptions,
    handle: (req: IncomingMessage, res: ServerResponse) => void,
  ): Server {
    const client = { requestCert: requireClientCert, rejectUnauthorized: requireClientCert };
    // Who says nothing must not keep its connection longer than at a plain port.
    const handshakeTimeout = Math.min(headersTimeoutMs, MAX_HANDSHAKE_MS);
    try {
      return createHttpsServer({ ...tls, ...client, handshakeTimeout }, handle);
    } catch (thrown) {
      const { RED } = this.#tools;
      RED.log.debug(`[webhooks] The certificate of a listener: ${errorText(thrown)}`);
      throw new Error(textOf(RED, 'webhook-listener.problem.badCertificate'), { cause: thrown });
    }
  }

  #handle(req: IncomingMessage, res: ServerResponse): void {
    const sinceMs = performance.now();
    const fault = requestFault(req);
    if (fault !== null) return this.#receiver.refuse(req, res, sinceMs, fault);
    const url = originForm(req.url ?? '/');
    const path = pathOf(url);
    const found = this.#routes.find(req.method ?? 'GET', path);
    if (found?.kind === 'match') {
      return this.#receiver.answer(found.match, req, res, sinceMs, () => ({
        url,
        body: req,
        test: takeTestMark(req),
        response: () => flowResponse(this.#tools.RED.httpNode, req as Request, res as Response),
        ...certificateOf(req),
      }));
    }
    if (path === HEALTH_PATH && req.method === 'GET') {
      const asked: CountedRequest = { req, res, sinceMs, target: 'health' };
      return answerCounted(this.#meters, asked, this.#health());
    }
    const { metricsToken } = this.#wanted;
    if (path === METRICS_PATH && req.method === 'GET' && metricsToken !== null) {
      return this.#scraped({ req, res, sinceMs, target: 'metrics' }, metricsToken);
    }
    const isKnown = found !== undefined;
    const answer = isKnown ? methodNotAllowed(found.allow) : detailAnswer(404, 'Not Found');
    this.#receiver.refuse(req, res, sinceMs, answer);
  }

  #scraped(asked: CountedRequest, token: string): void {
    answerScrape(asked.req.headers, token, this.#tools.scrape).then(
      (answer) => answerCounted(this.#meters, asked, answer),
      (thrown: unknown) => {
        this.#tools.RED.log.error(`[webhooks] Metrics were not collected: ${errorText(thrown)}`);
        answerCounted(this.#meters, asked, detailAnswer(500, 'Internal Server Error'));
      },
    );
  }

  #health(): ReturnType<typeof jsonAnswer> {
    const canStore = this.#routes.routes().every(({ target }) => target.canStore());
    const isHealthy = this.#tools.phases.phase === 'open' && canStore;
    const status = isHealthy ? 'healthy' : 'unhealthy';
    return jsonAnswer(isHealthy ? 200 : 503, JSON.stringify({ status, service: SERVICE }));
  }
}

/** What the locale file has words for. */
const KNOWN: readonly (string | undefined)[] = ['EADDRINUSE', 'EACCES', 'EADDRNOTAVAIL'];

function problemOf(RED: NodeAPI, error: NodeJS.ErrnoException): string {
  if (!KNOWN.includes(error.code)) return errorText(error);
  return textOf(RED, `webhook-listener.problem.${error.code}`);
}

function applyBounds(
  server: Server,
  { maxConnections, headersTimeoutMs, requestTimeoutMs, idleTimeoutMs }: ListenerOptions,
): void {
  server.maxConnections = maxConnections;
  server.headersTimeout = headersTimeoutMs;
  server.requestTimeout = requestTimeoutMs;
  server.keepAliveTimeout = idleTimeoutMs;
}

function certificateOf(req: IncomingMessage): {
  clientCertificate?: ReturnType<typeof clientCertificate> & object;
} {
  const certificate = clientCertificate(req.socket);
  return certificate === undefined ? {} : { clientCertificate: certificate };
}

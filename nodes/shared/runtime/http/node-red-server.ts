import type { IncomingMessage } from 'node:http';
import type { Application, NextFunction, Request, RequestHandler, Response } from 'express';
import type { NodeAPI } from 'node-red';
import { parsePattern } from '../../../../src/ingest/path-pattern';
import { pathOf } from '../../../../src/ingest/receive';
import { methodNotAllowed } from '../../../../src/ingest/request';
import {
  RouteTable,
  type Lookup,
  type Route,
  type RouteMatch,
} from '../../../../src/ingest/routes';
import { systemClock } from '../../../../src/shared/clock';
import { errorText } from '../../../../src/shared/errors';
import { hasRoute } from './app-routes';
import type { EndpointServer, Mount, MountState, PathOrder } from './endpoint-server';
import { openFastLane } from './fast-lane';
import { flowResponse } from './flow-response';
import { FlowPhases } from './flow-phase';
import { beforeEveryRequest } from './mark-requests';
import { mountRoot } from './own-address';
import { onProcessStop } from './process-stop';
import { RememberedEndpoints } from './remembered-endpoints';
import { requestChain } from './request-chain';
import { RequestReceiver } from './request-receiver';
import { belowRoot, originForm } from './request-target';
import { takeTestMark } from './test-marks';

/** Null: an endpoint of the last run whose node is not there yet. */
type Target = Mount | null;

const FOUND = Symbol('webhook endpoint');

/** Who answers a request, and its target below the root at which Node-RED's HTTP nodes are mounted. */
interface Found {
  readonly match: RouteMatch<Target>;
  readonly target: string;
  /** When it came: `performance.now()`. */
  readonly sinceMs: number;
}

/** A request with what was found for it before Express saw it. */
interface MarkedRequest extends IncomingMessage {
  [FOUND]?: Found;
  /** body-parser leaves a request alone on which this is true. */
  _body?: boolean;
  body?: unknown;
  rawBody?: unknown;
}

/**
 * Receives the requests of all endpoints on Node-RED's own HTTP server: one handler for each
 * `RED.httpNode`, never removed, and a table of routes that outlives the nodes.
 */
export class NodeRedServer implements EndpointServer {
  readonly #RED: NodeAPI;
  readonly #routes = new RouteTable<Target>();
  readonly #remembered: RememberedEndpoints | null;
  readonly #phases: FlowPhases;
  readonly #chain: readonly RequestHandler[];
  readonly #receiver: RequestReceiver;
  /** Whether core answers a route, looked up once for each start of the flows. */
  #coreOwned = new WeakMap<Route<Target>, Map<string, boolean>>();

  constructor(RED: NodeAPI) {
    this.#RED = RED;
    const { userDir } = RED.settings as { userDir?: unknown };
    this.#remembered = typeof userDir === 'string' ? new RememberedEndpoints(userDir) : null;
    this.#recall();
    this.#phases = new FlowPhases(RED, systemClock, () => this.#settle());
    onProcessStop(() => this.#phases.end());
    this.#receiver = new RequestReceiver(RED, this.#phases);
    this.#chain = requestChain(RED);
    beforeEveryRequest(RED, (req) => this.#mark(req));
    openFastLane(RED, (req, res, next) => this.#handleMarked(req, res, next));
    RED.httpNode.use((req, res, next) => this.#handle(req, res, next));
  }

  mount(mount: Mount): void {
    const { owner, pattern, methods, onState } = mount;
    this.#routes.claim(
      { owner, pattern, methods, target: mount },
      {
        granted: () => onState(this.#stateOf(mount)),
        refused: (method, held) => onState({ kind: 'conflict', method, held }),
      },
    );
  }

  suspend(owner: string): void {
    this.#routes.suspend(owner);
  }

  get paths(): PathOrder {
    return {
      owners: () => this.#routes.owners(),
      arrange: (shape, owners) => {
        const isOther = this.#routes.arrange(shape, owners);
        if (isOther) this.#remember();
        return isOther;
      },
    };
  }

  flushed(): Promise<void> {
    return this.#receiver.flushed();
  }

  #recall(): void {
    for (const { owner, path, methods } of this.#remembered?.load() ?? []) {
      try {
        const route = { owner, pattern: parsePattern(path), methods, target: null };
        this.#routes.claim(route, { granted() {}, refused() {} });
        this.#routes.suspend(owner);
      } catch (thrown) {
        this.#RED.log.debug(`[webhooks] An endpoint of the last run: ${errorText(thrown)}`);
      }
    }
  }

  #settle(): void {
    this.#coreOwned = new WeakMap();
    this.#routes.settle();
    this.#remember();
  }

  #remember(): void {
    const endpoints = this.#routes.routes().map(({ owner, pattern, methods }) => ({
      owner,
      path: pattern.source,
      methods,
    }));
    this.#remembered?.save(endpoints).catch((thrown: unknown) => {
      this.#RED.log.warn(`[webhooks] endpoints.json was not written: ${errorText(thrown)}`);
    });
  }

  #stateOf({ pattern, methods }: Mount): MountState {
    const { httpNode } = this.#RED;
    const method = methods.find((name) => hasRoute(httpNode, name, pattern.source));
    return method === undefined ? { kind: 'open' } : { kind: 'core-route', method };
  }

  #mark(req: MarkedRequest): void {
    const target = belowRoot(originForm(req.url ?? '/'), mountPath(this.#RED.httpNode));
    if (target === undefined) return;
    const found = this.#find(req.method ?? 'GET', pathOf(target));
    if (found?.kind !== 'match') return;
    req[FOUND] = { match: found.match, target, sinceMs: performance.now() };
    req._body = true;
  }

  /** Who answers; undefined also where a core route does. */
  #find(method: string, path: string): Lookup<Target> | undefined {
    const found = this.#routes.find(method, path);
    if (found === undefined) return undefined;
    const isCore =
      found.kind === 'match'
        ? this.#isCoreOwned(found.match, method, path)
        : hasRoute(this.#RED.httpNode, method, path);
    return isCore ? undefined : found;
  }

  #isCoreOwned({ route }: RouteMatch<Target>, method: string, path: string): boolean {
    const known = this.#coreOwned.get(route) ?? new Map<string, boolean>();
    // Below a parameter or a wildcard each path may belong to another route.
    const isFixed = !route.pattern.wildcard && !route.pattern.shape.includes(':');
    const before = isFixed ? known.get(method) : undefined;
    if (before !== undefined) return before;
    const owned = hasRoute(this.#RED.httpNode, method, path);
    if (isFixed) this.#coreOwned.set(route, known.set(method, owned));
    return owned;
  }

  #handleMarked(req: Request, res: Response, next: NextFunction): void {
    const found = (req as MarkedRequest)[FOUND];
    if (found === undefined) next();
    else this.#runChain(0, found, req, res, next);
  }

  #handle(req: Request, res: Response, next: NextFunction): void {
    if ((req as MarkedRequest)[FOUND] !== undefined) return this.#handleMarked(req, res, next);
    const target = originForm(req.url);
    const found = this.#find(req.method, pathOf(target));
    if (found === undefined) return next();
    const sinceMs = performance.now();
    if (found.kind === 'other-method') {
      return this.#receiver.refuse(req, res, sinceMs, methodNotAllowed(found.allow));
    }
    this.#runChain(0, { match: found.match, target, sinceMs }, req, res, next);
  }

  #runChain(index: number, found: Found, req: Request, res: Response, next: NextFunction): void {
    const handler = this.#chain[index];
    if (handler === undefined) return this.#answer(found, req, res);
    handler(req, res, (problem?: unknown) => {
      if (problem !== undefined && problem !== null) next(problem);
      else this.#runChain(index + 1, found, req, res, next);
    });
  }

  #answer({ match, target: url, sinceMs }: Found, req: Request, res: Response): void {
    const { httpNode } = this.#RED;
    this.#receiver.answer(match, req, res, sinceMs, () => ({
      url,
      root: mountRoot(httpNode),
      body: bodyOf(req),
      test: takeTestMark(req),
      response: () => flowResponse(httpNode, req, res),
    }));
  }
}

/** The unread stream, or the bytes that another part of Node-RED read for everyone; null: gone. */
function bodyOf(req: MarkedRequest): IncomingMessage | Buffer | null {
  if (Buffer.isBuffer(req.body)) return req.body;
  if (Buffer.isBuffer(req.rawBody)) return req.rawBody;
  return req.readableDidRead ? null : req;
}

/** Where the app is mounted; '' where it is not (in tests). */
function mountPath(app: Application): string {
  return app.path();
}

const servers = new WeakMap<object, NodeRedServer>();

/** The one server of this Node-RED; the first call installs the handler, so nodes call it when they load. */
export function nodeRedServer(RED: NodeAPI): NodeRedServer {
  const known = servers.get(RED.httpNode);
  if (known !== undefined) return known;
  const server = new NodeRedServer(RED);
  servers.set(RED.httpNode, server);
  return server;
}

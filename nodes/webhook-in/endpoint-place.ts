import type { Node, NodeAPI } from 'node-red';
import type { PathPattern } from '../../src/ingest/path-pattern';
import { reservedPathProblem, type HttpRoots } from '../../src/ingest/reserved-paths';
import { hasRoute } from '../shared/runtime/http/app-routes';
import type { EndpointServer } from '../shared/runtime/http/endpoint-server';
import { listenersOf } from '../shared/runtime/http/listeners';
import { nodeRedServer } from '../shared/runtime/http/node-red-server';
import { ownAddress, type OwnServer } from '../shared/runtime/http/own-address';
import { showStatus } from '../shared/runtime/node-status';
import { saidOf } from '../shared/runtime/said-of';
import type { WebhookInConfig } from './webhook-in.config';

/** Where an endpoint receives. */
export interface EndpointPlace {
  readonly server: EndpointServer;
  /** Trusted proxies in front of it. */
  readonly proxyHops: number;
  /** `httpNodeAuth` asks every sender for a password there. */
  readonly hasNodeAuth: boolean;
  /** How it is reached from this machine; null: at no port that is known, now. */
  readonly address: () => OwnServer | null;
}

type Placed = Pick<WebhookInConfig, 'listener' | 'path' | 'methods'>;

/** Throws where an endpoint can't be: on a listener that is not there, on a path of the editor's. */
export function endpointPlace(RED: NodeAPI, config: Placed, pattern: PathPattern): EndpointPlace {
  if (config.listener !== '') return listenerPlace(RED, config.listener);
  const problem = adminPathProblem(RED, config, pattern);
  if (problem !== undefined) throw new Error(problem);
  const { httpNodeAuth } = RED.settings as { httpNodeAuth?: unknown };
  return {
    server: nodeRedServer(RED),
    proxyHops: 0,
    hasNodeAuth: Boolean(httpNodeAuth),
    address: () => ownAddress(RED),
  };
}

function listenerPlace(RED: NodeAPI, id: string): EndpointPlace {
  const listener = listenersOf(RED).find(id);
  if (listener === undefined) throw new Error(RED._('webhook-in.error.noListener'));
  const { server, proxyHops } = listener;
  return { server, proxyHops, hasNodeAuth: false, address: () => server.address };
}

/** Says at the node why the port of its listener is not open, and what should be known of it. */
export function showListener(RED: NodeAPI, node: Node, listener: string): void {
  if (listener === '') return;
  const unwatch = listenersOf(RED).watch(listener, ({ problem, notice }) => {
    const said = problem ?? notice;
    const text = RED._('webhook-in.status.listener', { problem: saidOf(RED, said ?? '') });
    const fill = problem === null ? 'yellow' : 'red';
    showStatus(node, 'listener', said === null ? null : { fill, shape: 'ring', text });
  });
  node.on('close', unwatch);
}

/** What Node-RED's admin app, or another node's part of it, answers at this path can't be ours. */
function adminPathProblem(
  RED: NodeAPI,
  { path, methods }: Placed,
  pattern: PathPattern,
): string | undefined {
  const roots = httpRoots(RED);
  if (roots.node === false) return RED._('webhook-in.error.noHttpNode');
  const problem = reservedPathProblem(pattern, methods, roots);
  if (problem !== undefined || roots.admin !== roots.node) return problem;
  const isTaken = methods.some((method) => hasRoute(RED.httpAdmin, method, path));
  return isTaken ? RED._('webhook-in.error.adminRoute') : undefined;
}

function httpRoots(RED: NodeAPI): HttpRoots {
  const { httpAdminRoot, httpNodeRoot } = RED.settings as {
    httpAdminRoot?: string | false;
    httpNodeRoot?: string | false;
  };
  return { admin: httpAdminRoot ?? '/', node: httpNodeRoot ?? '/' };
}

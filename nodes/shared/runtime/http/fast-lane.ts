import type { Application, RequestHandler } from 'express';
import type { NodeAPI } from 'node-red';
import { isNodeReds } from './own-process';

interface Layer {
  readonly name?: string;
  readonly handle?: unknown;
}

/** What Express calls the layer of an app that is mounted in another one. */
const MOUNTED_APP = 'mounted_app';

/** What Express and core's `http in` put before everything else: nothing that a webhook needs. */
const OWN_LAYERS: readonly string[] = ['query', 'expressInit', 'rawBodyCapture'];

/** Settings with which something of the user's has to see a request before we do. */
const SEEN_FIRST = [
  'httpNodeAuth',
  'httpAdminAuth',
  'httpAdminMiddleware',
  'httpNodeMiddleware',
  'httpNodeCors',
  // Redirects every plain request that passes the editor's app, on whatever path.
  'requireHttps',
];

/**
 * Lets our handler see requests before Node-RED's own two apps, whose layers - the whole admin API -
 * cost more than all our checks together. Only where nothing can be bypassed by that: in
 * Node-RED's own process (not embedded in somebody's app), with its two apps next to each other, and
 * without any middleware of the user's. Elsewhere the handler stays where `RED.httpNode` has it.
 * Core's `http in` reorders the same stack of Express 4 for its raw bodies.
 */
export function openFastLane(RED: NodeAPI, handler: RequestHandler): boolean {
  const settings = RED.settings as unknown as Record<string, unknown>;
  if (SEEN_FIRST.some((name) => Boolean(settings[name])) || !isNodeReds(require.main)) return false;
  const root = (RED.httpNode as Application & { parent?: Application }).parent;
  const stack = (root as { _router?: { stack?: Layer[] } } | undefined)?._router?.stack;
  if (root === undefined || stack === undefined) return false;
  const first = stack.findIndex(({ name = '' }) => !OWN_LAYERS.includes(name));
  if (stack[first]?.name !== MOUNTED_APP || stack[first + 1]?.name !== MOUNTED_APP) return false;
  root.use(handler);
  const added = stack.findIndex(({ handle }) => handle === handler);
  stack.unshift(...stack.splice(added, 1));
  return true;
}

import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { RequestHandler } from 'express';
import type { NodeAPI } from 'node-red';

/**
 * What core's `http in` runs before each request, and so do we: `httpNodeMiddleware`, then CORS where
 * `httpNodeCors` is set.
 */
export function requestChain(RED: NodeAPI): readonly RequestHandler[] {
  const { httpNodeMiddleware } = RED.settings as { httpNodeMiddleware?: unknown };
  const configured = [httpNodeMiddleware].flat(3).filter((item) => typeof item === 'function');
  return [...(configured as RequestHandler[]), ...corsHandler(RED)];
}

/** The `cors` package that Node-RED itself uses: its own options, its own version. */
function corsHandler(RED: NodeAPI): RequestHandler[] {
  const { httpNodeCors, coreNodesDir } = RED.settings as {
    httpNodeCors?: unknown;
    coreNodesDir?: unknown;
  };
  if (!httpNodeCors || typeof coreNodesDir !== 'string') return [];
  const cors = createRequire(join(coreNodesDir, 'package.json'))('cors') as (
    options: unknown,
  ) => RequestHandler;
  return [cors(httpNodeCors)];
}

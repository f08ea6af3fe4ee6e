import type { IncomingMessage, Server } from 'node:http';
import type { Application, RequestHandler } from 'express';
import type { NodeAPI } from 'node-red';

/**
 * Looks at every request before Node-RED's Express apps do. The admin app parses JSON and form bodies
 * of all requests that pass through it, ours included; body-parser leaves a request alone that is
 * marked as parsed, so `look` can save the raw bytes for us without reading any.
 */
export function beforeEveryRequest(RED: NodeAPI, look: (req: IncomingMessage) => void): void {
  const server = RED.server as Server | null | undefined;
  if (server) server.prependListener('request', look);
  else beforeEveryLayer(rootApp(RED.httpNode), look);
}

/** For a Node-RED that is embedded in an app of which it does not know the server. */
function beforeEveryLayer(app: Application, look: (req: IncomingMessage) => void): void {
  const layer: RequestHandler = (req, _res, next) => {
    look(req);
    next();
  };
  app.use(layer);
  const stack = (app as { _router?: { stack?: { handle?: unknown }[] } })._router?.stack;
  const index = stack?.findIndex(({ handle }) => handle === layer) ?? -1;
  if (stack !== undefined && index > 0) stack.unshift(...stack.splice(index, 1));
}

function rootApp(app: Application): Application {
  let root = app as Application & { parent?: Application };
  while (root.parent !== undefined) root = root.parent;
  return root;
}

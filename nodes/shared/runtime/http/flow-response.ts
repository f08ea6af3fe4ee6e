import type { Application, Request, Response } from 'express';
import type { FlowResponse } from '../../../../src/ingest/request';

/** `msg.res` as core's `http in` sets it: `http response` uses `_res`. */
export interface ResponseHandle {
  readonly _res: unknown;
}

/** Properties by which an object would be taken for a promise, or for one with a JSON of its own. */
const NEVER: readonly PropertyKey[] = ['then', 'toJSON'];

/**
 * Lets an `http response` node answer. Once the request has been answered, or its client has gone, the
 * handle does nothing any more: a late `http response` must not fail a flow that did its work.
 */
export function flowResponse(app: Application, req: Request, res: Response): FlowResponse {
  becomeExpress(app, req, res);
  const isOver = (): boolean => res.headersSent || res.destroyed;
  const live = new Proxy(res, {
    get(target, property) {
      if (isOver()) return inertProperty(property);
      const value: unknown = Reflect.get(target, property, target);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
  const ended = new Promise<void>((resolve) => {
    res.once('finish', resolve).once('close', resolve);
  });
  return { handle: { _res: live } satisfies ResponseHandle, ended };
}

/** For messages whose request nobody waits for: after a restart, on a redelivery, in a replay. */
export function inertResponse(): ResponseHandle {
  return { _res: INERT };
}

const INERT: unknown = new Proxy({}, { get: (_, property) => inertProperty(property) });

function inertProperty(property: PropertyKey): unknown {
  if (typeof property === 'symbol' || NEVER.includes(property)) return undefined;
  if (property === 'get' || property === 'getHeader') return () => undefined;
  if (property === 'headersSent' || property === 'writableEnded') return true;
  return () => INERT;
}

/** What Express does to each request; before its apps, in the fast lane, nobody has. */
function becomeExpress(app: Application, req: Request, res: Response): void {
  if (typeof res.status === 'function') return;
  const { request, response } = app as Application & { request: object; response: object };
  Object.setPrototypeOf(req, request);
  Object.setPrototypeOf(res, response);
  req.res = res;
  res.req = req;
  res.locals = {};
  // `jsonp` looks for a callback's name; webhooks have none.
  req.query = {};
}

import type { NextFunction, Request, Response } from 'express';
import type { NodeAPI } from 'node-red';
import { errorText, WebhookError, type ErrorCode } from '../../../src/shared/errors';
import { isRecord } from '../../../src/shared/json';

/** All routes of ours stand below this path of the admin API. */
export const ADMIN_ROOT = '/apilinker-webhooks';

/**
 * `webhooks.write` also guards what shows payloads: an anonymous editor may have read access. A scraper has a
 * permission of its own, so that its token is good for nothing else; users with `read` have it, too.
 */
export type Permission = 'webhooks.read' | 'webhooks.write' | 'webhooks.metrics.read';

export interface AdminRoute {
  readonly method: 'get' | 'post' | 'delete';
  readonly path: string;
  readonly permission: Permission;
  /** The answer, as JSON unless it is a `TextAnswer`. A `WebhookError` becomes its status and words. */
  readonly answer: (request: AdminRequest) => Promise<unknown>;
}

/** An answer that is no JSON. */
export class TextAnswer {
  readonly contentType: string;
  readonly text: string;

  constructor(contentType: string, text: string) {
    this.contentType = contentType;
    this.text = text;
  }
}

export interface AdminRequest {
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly params: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, unknown>>;
  /** Of JSON, as Node-RED's admin app parsed it; empty where there was none. */
  readonly body: Readonly<Record<string, unknown>>;
}

const STATUS_OF: Readonly<Record<ErrorCode, number>> = {
  'bad-config': 400,
  'message-not-storable': 400,
  'not-found': 404,
  'endpoint-gone': 409,
  conflict: 409,
  'not-testable': 409,
  'store-busy': 503,
  'store-unavailable': 503,
  'store-corrupt': 503,
};

/** Mounts a table of routes; the only place that touches RED.httpAdmin. */
export function mountAdminRoutes(RED: NodeAPI, routes: readonly AdminRoute[]): void {
  for (const route of routes) {
    RED.httpAdmin[route.method](
      ADMIN_ROOT + route.path,
      RED.auth.needsPermission(route.permission),
      (req: Request, res: Response, next: NextFunction) => {
        if (route.permission === 'webhooks.write' && isCrossOrigin(req)) {
          res
            .status(403)
            .json({ code: 'cross-origin', message: 'Open this from the editor itself.' });
          return;
        }
        answer(route, req, res).catch(next);
      },
    );
  }
}

async function answer(route: AdminRoute, req: Request, res: Response): Promise<void> {
  res.set('Cache-Control', 'no-store');
  try {
    const body: unknown = req.body;
    const { params, query, headers } = req;
    const request = { params, query, headers, body: isRecord(body) ? body : {} };
    const answered = await route.answer(request);
    if (answered instanceof TextAnswer) {
      res.set('Content-Type', answered.contentType).send(answered.text);
    } else res.json(answered);
  } catch (thrown) {
    if (!(thrown instanceof WebhookError)) throw thrown;
    res.status(STATUS_OF[thrown.code]).json({ code: thrown.code, message: errorText(thrown) });
  }
}

/** Node-RED 4.1 answers every origin with CORS `*`: another site must neither read payloads nor act. */
function isCrossOrigin(req: Request): boolean {
  const site = req.headers['sec-fetch-site'];
  if (site !== undefined) return site !== 'same-origin' && site !== 'none';
  const { origin, host } = req.headers;
  return origin !== undefined && URL.parse(origin)?.host !== host;
}

import { errorText } from '../shared/errors';
import { requestOnce, type SyncContext } from './attempts';
import type { Category } from './categories';
import { CircuitBreaker } from './circuit-breaker';
import type { Connection, OpenEndpoint } from './connection';
import { readEndpoint, type Endpoint } from './endpoint';
import { fetchRequest } from './request';
import { withoutQuery } from './request-url';
import { SyncError } from './sync-error';
import { fillEndpoint } from './templates';

/** How a test of a connection went. Neither a credential nor an answer's data is in it. */
export interface ConnectionCheck {
  /** `reached`: the server answered, but not with a success: there was no endpoint to ask for. */
  readonly result: 'ok' | 'reached' | 'failed';
  /** What was asked for: `GET /items`. */
  readonly request: string;
  readonly status: number | null;
  readonly category: Category | null;
  /** Why it failed; empty if it did not. */
  readonly message: string;
  readonly durationMs: number;
}

/** A person waits for it. */
const LONGEST_MS = 15_000;

/**
 * Asks an API once, with the connection's own credentials: the first endpoint that is fetched by GET and
 * needs nothing, or else the base URL. Nothing is changed there, and nothing is tried again.
 */
export async function checkConnection(
  connection: Connection,
  context: SyncContext,
): Promise<ConnectionCheck> {
  const endpoint = connection.options.endpoints.map(asked).find((each) => each !== null) ?? null;
  const target = openForCheck(endpoint ?? BASE_URL, context);
  const request = `GET ${withoutQuery(target.endpoint.path) || '/'}`;
  const startedAtMs = context.clock.now();
  const told = (outcome: Pick<ConnectionCheck, 'result' | 'status' | 'category' | 'message'>) => ({
    ...outcome,
    request,
    durationMs: context.clock.now() - startedAtMs,
  });
  try {
    const { status } = await requestOnce(
      connection,
      target,
      requestOf(connection, target, context),
      context,
    );
    return told({ result: 'ok', status, category: null, message: '' });
  } catch (thrown) {
    const { statusCode: status = null, category = 'UNKNOWN' } =
      thrown instanceof SyncError ? thrown : {};
    const refused = category === 'AUTH' || category === 'SERVER' || status === null;
    const result = endpoint === null && !refused ? 'reached' : 'failed';
    return told({ result, status, category, message: errorText(thrown) });
  }
}

const BASE_URL = readEndpoint({ name: 'base URL', path: '' }) as Endpoint;

/** The endpoint with its templates filled in; null where it is not fetched by GET, or needs a value. */
function asked(endpoint: Endpoint): Endpoint | null {
  if (endpoint.method !== 'GET' && endpoint.method !== 'auto') return null;
  if (/\{[^{}]*\}/.test(endpoint.path) || endpoint.bodyTemplate !== null) return null;
  try {
    return fillEndpoint(endpoint, { message: {}, nowMs: 0, lastSync: null, cursor: null });
  } catch {
    return null;
  }
}

/** Without the limiter and the breaker that syncs count on. */
function openForCheck(endpoint: Endpoint, { clock }: SyncContext): OpenEndpoint {
  const breaker = new CircuitBreaker(
    endpoint.name,
    { failureThreshold: 1, resetSeconds: 1 },
    clock,
  );
  return { endpoint, limiter: null, breaker, checkRequest: null, checkResponse: null };
}

function requestOf(connection: Connection, { endpoint }: OpenEndpoint, { signal }: SyncContext) {
  const request = fetchRequest({ connection, endpoint, params: {}, signal });
  return { ...request, timeoutMs: Math.min(request.timeoutMs, LONGEST_MS) };
}

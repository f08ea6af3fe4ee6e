import { isRecord } from '../shared/json';
import { isHeaderName, isHeaderValue } from './headers';

/** `auto`: GET to fetch, POST to send. */
export const METHODS = ['auto', 'GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;
export type Method = (typeof METHODS)[number];

/** Values by name, for the query and the placeholders of a path. */
export type Params = Readonly<Record<string, unknown>>;

/**
 * How to get from a page to the next one. `page`: count up `pageParam` until a page is empty.
 * `token`: send what stands at `nextPagePath` as `pageParam`, or follow it if it is a URL.
 * `link`: follow the Link header (RFC 8288) with `rel="next"`.
 */
export const PAGINATION_KINDS = ['page', 'token', 'link'] as const;
export type PaginationKind = (typeof PAGINATION_KINDS)[number];

export interface Pagination {
  readonly kind: PaginationKind;
  /** Where in the data of a page its items are; empty: the data itself. */
  readonly dataPath: string;
  readonly nextPagePath: string;
  readonly pageParam: string;
  /** Pages fetched at most. */
  readonly maxPages: number;
}

export const RATE_STRATEGIES = ['token_bucket', 'leaky_bucket', 'adaptive', 'none'] as const;
export type RateStrategy = (typeof RATE_STRATEGIES)[number];

export interface RateLimit {
  readonly strategy: RateStrategy;
  /** Requests per second in the long run. */
  readonly rate: number;
  /** Requests at once, of a token bucket. */
  readonly burst: number;
}

/** One resource of a REST API. */
export interface Endpoint {
  readonly name: string;
  /** Below the base URL; `{placeholders}` are filled in from the item or the parameters. */
  readonly path: string;
  readonly method: Method;
  /** Of the query: texts, numbers, booleans, null, and lists of them. */
  readonly params: Params;
  readonly headers: Readonly<Record<string, string>>;
  /** Sent as it is when fetching; below the item when sending. */
  readonly bodyTemplate: Readonly<Record<string, unknown>> | null;
  /** Where in the answer the data is; empty: the whole answer. */
  readonly responsePath: string;
  /** Null: one answer is all there is. */
  readonly pagination: Pagination | null;
  readonly rateLimit: RateLimit | null;
  /** JSON Schema (draft 2020-12, or 07 by its `$schema`) of an item to send. */
  readonly requestSchema: object | boolean | null;
  /** JSON Schema of an answer, before its response path is applied. */
  readonly responseSchema: object | boolean | null;
}

/** The endpoints of a connection as a form or an import saves them; undefined if one is unusable. */
export function readEndpoints(saved: unknown): readonly Endpoint[] | undefined {
  if (!Array.isArray(saved)) return undefined;
  const endpoints = saved.map(readEndpoint);
  const names = new Set(endpoints.map((endpoint) => endpoint?.name));
  const usable = names.size === endpoints.length && !names.has(undefined);
  return usable ? (endpoints as Endpoint[]) : undefined;
}

/** One endpoint; only name and path are needed. Undefined if it is unusable. */
export function readEndpoint(saved: unknown): Endpoint | undefined {
  if (!isRecord(saved) || typeof saved.name !== 'string' || typeof saved.path !== 'string') {
    return undefined;
  }
  const name = saved.name.trim();
  const path = saved.path.trim();
  const request = readRequest(saved);
  const answer = readAnswer(saved);
  if (name === '' || request === undefined || answer === undefined) return undefined;
  return { name, path, ...request, ...answer };
}

type RequestPart = Pick<
  Endpoint,
  'method' | 'params' | 'headers' | 'bodyTemplate' | 'rateLimit' | 'requestSchema'
>;

function readRequest(saved: Record<string, unknown>): RequestPart | undefined {
  const method = readMethod(saved.method ?? 'auto');
  const params = saved.params ?? {};
  const headers = readHeaderRecord(saved.headers ?? {});
  const bodyTemplate = saved.bodyTemplate ?? null;
  const rateLimit = readRateLimit(saved.rateLimit ?? null);
  const requestSchema = saved.requestSchema ?? null;
  if (method === undefined || headers === undefined || rateLimit === undefined) return undefined;
  if (!isParams(params) || !isSchema(requestSchema)) return undefined;
  if (bodyTemplate !== null && !isRecord(bodyTemplate)) return undefined;
  return { method, params, headers, bodyTemplate, rateLimit, requestSchema };
}

type AnswerPart = Pick<Endpoint, 'responsePath' | 'pagination' | 'responseSchema'>;

function readAnswer(saved: Record<string, unknown>): AnswerPart | undefined {
  const responsePath = saved.responsePath ?? '';
  const pagination = readPagination(saved.pagination ?? null);
  const responseSchema = saved.responseSchema ?? null;
  if (typeof responsePath !== 'string' || pagination === undefined) return undefined;
  return isSchema(responseSchema) ? { responsePath, pagination, responseSchema } : undefined;
}

const LONGEST_WALK = 100_000;

/** Undefined if it is unusable. */
function readPagination(saved: unknown): Pagination | null | undefined {
  if (saved === null) return null;
  if (!isRecord(saved)) return undefined;
  const { dataPath = '', nextPagePath = '', pageParam = 'page', maxPages = 10 } = saved;
  const kind = PAGINATION_KINDS.find((each) => each === (saved.kind ?? 'page'));
  if (kind === undefined || (kind === 'token' && nextPagePath === '')) return undefined;
  if (typeof dataPath !== 'string' || typeof nextPagePath !== 'string') return undefined;
  if (typeof pageParam !== 'string' || pageParam === '') return undefined;
  if (!isWhole(maxPages, 1, LONGEST_WALK)) return undefined;
  return { kind, dataPath, nextPagePath, pageParam, maxPages };
}

/** Undefined if it is unusable. */
function readRateLimit(saved: unknown): RateLimit | null | undefined {
  if (saved === null) return null;
  if (!isRecord(saved)) return undefined;
  const strategy = RATE_STRATEGIES.find((each) => each === (saved.strategy ?? 'token_bucket'));
  const rate = saved.rate ?? 10;
  if (strategy === undefined || typeof rate !== 'number' || !(rate >= 0.001 && rate <= 10_000)) {
    return undefined;
  }
  const burst = saved.burst ?? Math.max(1, Math.trunc(rate));
  return isWhole(burst, 1, 10_000) ? { strategy, rate, burst } : undefined;
}

function isWhole(value: unknown, min: number, max: number): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max;
}

function isSchema(saved: unknown): saved is object | boolean | null {
  return saved === null || typeof saved === 'boolean' || isRecord(saved);
}

function readMethod(saved: unknown): Method | undefined {
  if (typeof saved !== 'string') return undefined;
  return METHODS.find((method) => method.toLowerCase() === saved.toLowerCase());
}

function readHeaderRecord(saved: unknown): Record<string, string> | undefined {
  if (!isRecord(saved)) return undefined;
  const valid = Object.entries(saved).every(
    ([name, value]) => isHeaderName(name) && typeof value === 'string' && isHeaderValue(value),
  );
  return valid ? (saved as Record<string, string>) : undefined;
}

/** Parameters of a query: by name a scalar, or a list of scalars. */
export function isParams(value: unknown): value is Params {
  return (
    isRecord(value) &&
    Object.values(value).every((each) =>
      Array.isArray(each) ? each.every(isScalar) : isScalar(each),
    )
  );
}

function isScalar(value: unknown): boolean {
  return value === null || ['string', 'number', 'boolean'].includes(typeof value);
}

import type { Clock } from '../shared/clock';
import type { Auth } from './auth';
import { CircuitBreaker } from './circuit-breaker';
import type { Endpoint } from './endpoint';
import type { HttpClient } from './http-client';
import { compileSchema, type SchemaCheck } from './json-schema';
import { isBaseUrl, type ConnectionOptions } from './options';
import { createRateLimiter, type RateLimiter } from './rate-limiter';
import { SyncError } from './sync-error';

export interface ConnectionParts {
  readonly options: ConnectionOptions;
  readonly auth: Auth;
  readonly http: HttpClient;
  readonly clock: Clock;
}

/** An endpoint with what it keeps between requests. */
export interface OpenEndpoint {
  readonly endpoint: Endpoint;
  readonly limiter: RateLimiter | null;
  readonly breaker: CircuitBreaker;
  readonly checkRequest: SchemaCheck | null;
  readonly checkResponse: SchemaCheck | null;
}

/** One REST API, ready to be called. */
export class Connection {
  readonly options: ConnectionOptions;
  readonly auth: Auth;
  readonly http: HttpClient;
  readonly baseUrl: URL;
  readonly #clock: Clock;
  readonly #endpoints = new Map<string, OpenEndpoint>();

  /** Throws a SyncError (VALIDATION) for a base URL or a JSON Schema that cannot be used. */
  constructor({ options, auth, http, clock }: ConnectionParts) {
    this.options = options;
    this.auth = auth;
    this.http = http;
    this.baseUrl = baseUrlOf(options.baseUrl);
    this.#clock = clock;
    for (const endpoint of options.endpoints) {
      this.#endpoints.set(endpoint.name, this.#open(endpoint));
    }
  }

  /** The endpoint of that name. Throws a SyncError (VALIDATION) that lists the names there are. */
  endpoint(name: string): OpenEndpoint {
    const open = this.#endpoints.get(name);
    if (open !== undefined) return open;
    const names = [...this.#endpoints.keys()].map((each) => `\`${each}\``).join(', ');
    throw new SyncError(
      name === ''
        ? 'No endpoint is chosen.'
        : `The connection has no endpoint \`${name}\`${names === '' ? '' : `; it has ${names}`}.`,
      { category: 'VALIDATION' },
    );
  }

  #open(endpoint: Endpoint): OpenEndpoint {
    const { breakerThreshold: failureThreshold, breakerResetSeconds: resetSeconds } = this.options;
    const { name, rateLimit, requestSchema, responseSchema } = endpoint;
    return {
      endpoint,
      limiter: createRateLimiter(rateLimit, this.#clock),
      breaker: new CircuitBreaker(name, { failureThreshold, resetSeconds }, this.#clock),
      checkRequest: requestSchema === null ? null : schemaOf(name, requestSchema),
      checkResponse: responseSchema === null ? null : schemaOf(name, responseSchema),
    };
  }
}

function schemaOf(name: string, schema: object | boolean): SchemaCheck {
  try {
    return compileSchema(schema);
  } catch (thrown) {
    if (!(thrown instanceof SyncError)) throw thrown;
    throw new SyncError(`Endpoint \`${name}\`: ${thrown.message}`, thrown);
  }
}

/** The base URL of a connection, checked. Throws a SyncError (VALIDATION). */
export function baseUrlOf(text: string): URL {
  if (isBaseUrl(text)) return new URL(text);
  throw new SyncError(
    'The base URL must be an http(s) URL without user, password, query and fragment.',
    { category: 'VALIDATION' },
  );
}

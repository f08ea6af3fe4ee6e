import type { Auth } from './auth';
import type { HttpClient } from './http-client';
import { isBaseUrl, type ConnectionOptions, type Endpoint } from './options';
import { SyncError } from './sync-error';

/** One REST API, ready to be called. */
export interface Connection {
  readonly options: ConnectionOptions;
  readonly auth: Auth;
  readonly http: HttpClient;
}

/** The endpoint of that name. Throws a SyncError (VALIDATION) that lists the names there are. */
export function endpointOf({ options }: Connection, name: string): Endpoint {
  const endpoint = options.endpoints.find((each) => each.name === name);
  if (endpoint !== undefined) return endpoint;
  const names = options.endpoints.map((each) => `\`${each.name}\``).join(', ');
  throw new SyncError(
    name === ''
      ? 'No endpoint is chosen.'
      : `The connection has no endpoint \`${name}\`${names === '' ? '' : `; it has ${names}`}.`,
    { category: 'VALIDATION' },
  );
}

/** The base URL of a connection, checked. Throws a SyncError (VALIDATION). */
export function baseUrlOf(options: ConnectionOptions): URL {
  if (!isBaseUrl(options.baseUrl)) {
    throw new SyncError(
      'The base URL must be an http(s) URL without user, password, query and fragment.',
      { category: 'VALIDATION' },
    );
  }
  return new URL(options.baseUrl);
}

import { readEndpoints } from '../../../src/sync/endpoint';
import type { AuthSettings, ConnectionOptions } from '../../../src/sync/options';

export type Settings = Omit<ConnectionOptions & AuthSettings, 'endpoints'> & {
  endpoints: Record<string, unknown>[];
};

/** Settings of a connection to loopback, without waits, with what a test changes. */
export function connectionSettings(change: Partial<Settings>): ConnectionOptions & AuthSettings {
  const { endpoints = [], ...rest } = change;
  const read = readEndpoints(endpoints);
  if (read === undefined) throw new Error('The endpoints of this test cannot be used.');
  return {
    baseUrl: 'http://127.0.0.1:9',
    auth: 'none',
    apiKeyName: '',
    apiKeyIn: 'header',
    tokenUrl: '',
    scope: '',
    audience: '',
    clientAuth: 'body',
    defaultHeaders: [],
    timeoutSeconds: 30,
    retryCount: 1,
    retryDelaySeconds: 0,
    maxResponseMb: 1,
    breakerThreshold: 1000,
    breakerResetSeconds: 60,
    allowPrivateNetwork: true,
    endpoints: read,
    ...rest,
  };
}

import { readEndpoints } from '../../src/sync/endpoint';
import { readHeaderList } from '../../src/sync/headers';
import {
  API_KEY_PLACES,
  AUTH_TYPES,
  CLIENT_AUTH_PLACES,
  mayBeBaseUrl,
  type AuthSettings,
  type ConnectionOptions,
} from '../../src/sync/options';
import {
  choice,
  configNode,
  flag,
  number,
  structured,
  text,
  type Fields,
} from '../shared/config-fields';

export const TYPE = 'apilinker-connection';

export interface ApilinkerConnectionConfig extends ConnectionOptions, AuthSettings {
  readonly name: string;
  /** Core `tls-config` with certificates; empty: the usual authorities. */
  readonly tls: string;
}

export const FIELDS: Fields<ApilinkerConnectionConfig> = {
  name: text(),
  baseUrl: text('', mayBeBaseUrl, 'an http(s) URL without user, password, query and fragment'),
  auth: choice(AUTH_TYPES, 'none'),
  apiKeyName: text(),
  apiKeyIn: choice(API_KEY_PLACES, 'header'),
  tokenUrl: text(),
  scope: text(),
  audience: text(),
  clientAuth: choice(CLIENT_AUTH_PLACES, 'body'),
  defaultHeaders: structured([], 'a list of headers with name and value', readHeaderList),
  timeoutSeconds: number(30, { min: 0.1, max: 3600 }),
  retryCount: number(3, { min: 1, max: 20, integer: true }),
  retryDelaySeconds: number(1, { min: 0, max: 60 }),
  breakerThreshold: number(5, { min: 1, max: 1000, integer: true }),
  breakerResetSeconds: number(60, { min: 0.1, max: 86_400 }),
  maxResponseMb: number(32, { min: 0.1, max: 1024 }),
  endpoints: structured(
    [],
    'a list of endpoints, each with a name of its own and a path',
    readEndpoints,
  ),
  tls: configNode('tls-config'),
  allowPrivateNetwork: flag(false),
};

export const CREDENTIALS = {
  key: { type: 'password' },
  token: { type: 'password' },
  username: { type: 'text' },
  password: { type: 'password' },
  clientId: { type: 'text' },
  clientSecret: { type: 'password' },
  refreshToken: { type: 'password' },
} as const;

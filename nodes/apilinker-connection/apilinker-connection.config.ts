import {
  API_KEY_PLACES,
  AUTH_TYPES,
  isBaseUrl,
  readEndpoints,
  readHeaderList,
  type ApiKeyPlace,
  type AuthType,
  type ConnectionOptions,
} from '../../src/sync/options';
import { choice, flag, number, structured, text, type Fields } from '../shared/config-fields';

export const TYPE = 'apilinker-connection';

export interface ApilinkerConnectionConfig extends ConnectionOptions {
  readonly name: string;
  readonly auth: AuthType;
  /** Header or query parameter of the API key; empty: `X-API-Key` or `api_key`. */
  readonly apiKeyName: string;
  readonly apiKeyIn: ApiKeyPlace;
}

export const FIELDS: Fields<ApilinkerConnectionConfig> = {
  name: text(),
  baseUrl: text('', isBaseUrl, 'an http(s) URL without user, password, query and fragment'),
  auth: choice(AUTH_TYPES, 'none'),
  apiKeyName: text(),
  apiKeyIn: choice(API_KEY_PLACES, 'header'),
  defaultHeaders: structured([], 'a list of headers with name and value', readHeaderList),
  timeoutSeconds: number(30, { min: 0.1, max: 3600 }),
  retryCount: number(3, { min: 1, max: 20, integer: true }),
  retryDelaySeconds: number(1, { min: 0, max: 60 }),
  endpoints: structured(
    [],
    'a list of endpoints, each with a name of its own and a path',
    readEndpoints,
  ),
  allowPrivateNetwork: flag(false),
};

export const CREDENTIALS = {
  key: { type: 'password' },
  token: { type: 'password' },
  username: { type: 'text' },
  password: { type: 'password' },
} as const;

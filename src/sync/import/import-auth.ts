import { isRecord } from '../../shared/json';
import { noteOthers, type Note } from './note';

/** Properties of a connection, and what belongs into its credentials. */
export interface ImportedAuth {
  readonly properties: Record<string, unknown>;
  readonly credentials: Record<string, string>;
}

const KNOWN = [
  ...['type', 'key', 'api_key', 'in', 'header', 'param_name', 'token', 'username', 'password'],
  ...['in_header', 'in_query', 'header_name', 'query_param'],
  ...['client_id', 'client_secret', 'token_url', 'scope', 'scopes', 'refresh_token'],
];

/** What fails closed: a sign-in without its secret. */
const CLOSED: ImportedAuth = { properties: { auth: 'bearer' }, credentials: {} };

/** APILinker's `auth` section. What is not known, or needs a person, fails closed and is noted. */
export function importAuth(saved: unknown, where: string, notes: Note[]): ImportedAuth {
  if (saved === undefined || saved === null) return { properties: {}, credentials: {} };
  if (!isRecord(saved)) return closed('auth-unknown', where, notes);
  noteOthers(saved, KNOWN, where, notes);
  const secret = (...names: string[]): string => secretText(first(saved, names), where, notes);
  switch (lowerCase(saved.type)) {
    case 'api_key':
      return apiKey(saved, secret('key', 'api_key'));
    case 'bearer':
      return { properties: { auth: 'bearer' }, credentials: { token: secret('token') } };
    case 'basic':
      return {
        properties: { auth: 'basic' },
        credentials: { username: secret('username'), password: secret('password') },
      };
    case 'oauth2':
    case 'oauth2_client_credentials':
      return oauth2(saved, secret);
    case 'oauth2_pkce':
    case 'oauth2_device_flow':
      if (secret('refresh_token') !== '') return oauth2(saved, secret);
      return closed('auth-interactive', where, notes);
    default:
      return closed('auth-unknown', where, notes);
  }
}

function closed(code: Note['code'], where: string, notes: Note[]): ImportedAuth {
  notes.push({ code, where });
  return CLOSED;
}

function apiKey(saved: Record<string, unknown>, key: string): ImportedAuth {
  const inQuery = lowerCase(saved.in) === 'query' || saved.in_query === true;
  const name = inQuery
    ? first(saved, ['param_name', 'query_param'])
    : first(saved, ['header', 'header_name']);
  return {
    properties: {
      auth: 'apiKey',
      apiKeyIn: inQuery ? 'query' : 'header',
      apiKeyName: typeof name === 'string' ? name : '',
    },
    credentials: { key },
  };
}

function oauth2(
  saved: Record<string, unknown>,
  secret: (...names: string[]) => string,
): ImportedAuth {
  const scope = saved.scope ?? saved.scopes;
  const refreshToken = secret('refresh_token');
  return {
    properties: {
      auth: 'oauth2',
      tokenUrl: typeof saved.token_url === 'string' ? saved.token_url : '',
      scope: Array.isArray(scope) ? scope.join(' ') : typeof scope === 'string' ? scope : '',
    },
    credentials: {
      clientId: secret('client_id'),
      clientSecret: secret('client_secret'),
      ...(refreshToken === '' ? {} : { refreshToken }),
    },
  };
}

function lowerCase(value: unknown): string {
  return typeof value === 'string' ? value.toLowerCase() : '';
}

function first(saved: Record<string, unknown>, names: readonly string[]): unknown {
  return names.map((name) => saved[name]).find((value) => value !== undefined && value !== null);
}

/** Texts as they are; a reference to a secret of a provider becomes the variable of that name. */
export function secretText(value: unknown, where: string, notes: Note[]): string {
  const reference = typeof value === 'string' ? /^secret:\/\/(.+)$/.exec(value) : null;
  const named = isRecord(value) ? value.secret : reference?.[1];
  if (typeof named === 'string') {
    notes.push({ code: 'secret-provider', where });
    return `\${${named.replace(/\W/g, '_')}}`;
  }
  return ['string', 'number', 'boolean'].includes(typeof value) ? String(value) : '';
}

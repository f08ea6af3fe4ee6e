import { isHeaderName, isHeaderValue } from './headers';
import type { TokenSource } from './oauth2';
import type { ApiKeyPlace, AuthType } from './options';
import { SyncError } from './sync-error';

/** Checked credentials of a connection, ready to be attached. */
export type Auth =
  | { readonly type: 'none' }
  | {
      readonly type: 'apiKey';
      readonly name: string;
      readonly place: ApiKeyPlace;
      readonly key: string;
    }
  | { readonly type: 'bearer'; readonly token: string }
  | { readonly type: 'basic'; readonly username: string; readonly password: string }
  | { readonly type: 'oauth2'; readonly tokens: TokenSource };

export interface AuthOptions {
  readonly auth: Exclude<AuthType, 'oauth2'>;
  /** Header or query parameter of the key; empty: `X-API-Key` or `api_key`. */
  readonly apiKeyName: string;
  readonly apiKeyIn: ApiKeyPlace;
}

/** As the credential store gives them: nothing where the user has set nothing. */
export interface Secrets {
  readonly key?: string | undefined;
  readonly token?: string | undefined;
  readonly username?: string | undefined;
  readonly password?: string | undefined;
}

/**
 * The credentials of a connection. Fails closed with a SyncError (AUTH) where one is missing, is still a
 * literal `${NAME}`, or cannot be sent; the text names the credential, never its value. Only the password
 * of `basic` may be empty: some APIs take their key as the username alone.
 */
export function createAuth(options: AuthOptions, secrets: Secrets): Auth {
  switch (options.auth) {
    case 'none':
      return { type: 'none' };
    case 'apiKey':
      return createApiKey(options, requireSecret(secrets.key, 'API key'));
    case 'bearer':
      return { type: 'bearer', token: requireHeaderSecret(secrets.token, 'token') };
    case 'basic':
      return {
        type: 'basic',
        username: requireUsername(secrets.username),
        password: resolved(secrets.password ?? '', 'password'),
      };
  }
}

function createApiKey({ apiKeyName, apiKeyIn: place }: AuthOptions, key: string): Auth {
  if (place === 'query') return { type: 'apiKey', name: apiKeyName || 'api_key', place, key };
  const name = apiKeyName || 'X-API-Key';
  if (!isHeaderName(name)) throw unusable('The name of the API key is no header name.');
  return { type: 'apiKey', name, place, key: requireHeaderSecret(key, 'API key') };
}

function requireUsername(saved: string | undefined): string {
  const username = requireSecret(saved, 'username');
  if (username.includes(':')) throw unusable('The username must not contain a colon (RFC 7617).');
  return username;
}

function requireHeaderSecret(saved: string | undefined, what: string): string {
  const secret = requireSecret(saved, what).trim();
  if (!isHeaderValue(secret)) {
    throw unusable(`The ${what} contains line breaks or characters that a header cannot carry.`);
  }
  return secret;
}

/** A secret that is there and no literal reference. Throws a SyncError (AUTH) that names it. */
export function requireSecret(saved: string | undefined, what: string): string {
  const secret = resolved(saved ?? '', what);
  if (secret.trim() === '') throw unusable(`The ${what} of the connection is missing.`);
  return secret;
}

/** Variables that are set have been replaced by now. */
function resolved(secret: string, what: string): string {
  if (!/\$\{[^{}]*\}/.test(secret)) return secret;
  throw unusable(`The ${what} of the connection names an environment variable that is not set.`);
}

function unusable(message: string): SyncError {
  return new SyncError(message, { category: 'AUTH' });
}

/** Headers and query parameters that carry the credentials. */
export interface AuthParts {
  readonly headers: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string>>;
}

/** The credentials for the next request. Throws a SyncError where a token has to be fetched and is not given. */
export async function authParts(auth: Auth, signal?: AbortSignal): Promise<AuthParts> {
  switch (auth.type) {
    case 'none':
      return { headers: {}, query: {} };
    case 'bearer':
      return bearer(auth.token);
    case 'oauth2':
      return bearer(await auth.tokens.token(signal));
    case 'basic':
      return { headers: { Authorization: `Basic ${basicToken(auth)}` }, query: {} };
    case 'apiKey':
      return auth.place === 'header'
        ? { headers: { [auth.name]: auth.key }, query: {} }
        : { headers: {}, query: { [auth.name]: auth.key } };
  }
}

const BEARER = 'Bearer ';

function bearer(token: string): AuthParts {
  return { headers: { Authorization: BEARER + token }, query: {} };
}

/** After a 401: whether other credentials can be had, so that the request is worth another try. */
export function canRenew(auth: Auth, rejected: AuthParts): boolean {
  if (auth.type !== 'oauth2') return false;
  auth.tokens.reject(rejected.headers.Authorization?.slice(BEARER.length) ?? '');
  return true;
}

/** RFC 7617, with UTF-8. */
function basicToken({ username, password }: { username: string; password: string }): string {
  return Buffer.from(`${username}:${password}`, 'utf8').toString('base64');
}

/** The text without the connection's secrets, in case that the other side echoes them. */
export function withoutSecrets(text: string, auth: Auth): string {
  return secretsOf(auth).reduce((clean, secret) => clean.replaceAll(secret, '***'), text);
}

function secretsOf(auth: Auth): readonly string[] {
  switch (auth.type) {
    case 'none':
      return [];
    case 'apiKey':
      return [auth.key, encodeURIComponent(auth.key)];
    case 'bearer':
      return [auth.token];
    case 'oauth2':
      return auth.tokens.secrets();
    case 'basic':
      return [basicToken(auth), auth.password].filter((secret) => secret !== '');
  }
}

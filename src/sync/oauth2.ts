import type { Clock } from '../shared/clock';
import { isRecord, parseJson } from '../shared/json';
import { parseRetryAfter } from '../shared/retry-after';
import { categoryOfStatus, isTransientStatus } from './categories';
import { isHeaderValue } from './headers';
import type { HttpAnswer, HttpClient, HttpRequest } from './http-client';
import type { ClientAuthPlace } from './options';
import { SyncError } from './sync-error';

/** A client of an authorization server (RFC 6749). With a refresh token that one is used, else client credentials. */
export interface OAuth2Client {
  readonly tokenUrl: URL;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly refreshToken: string;
  /** Blank-separated; empty: what the server gives by default. */
  readonly scope: string;
  /** Some servers want to know which API the token is for; empty: not sent. */
  readonly audience: string;
  /** Where client id and secret go: the form of the request, or an Authorization header. */
  readonly clientAuth: ClientAuthPlace;
  /** For one request, in milliseconds. */
  readonly timeoutMs: number;
}

export interface TokenSourceParts {
  readonly client: OAuth2Client;
  readonly http: HttpClient;
  readonly clock: Clock;
  /** The server has replaced the refresh token: the old one may not work again. */
  readonly onRefreshToken?: (token: string) => void;
}

interface Token {
  readonly value: string;
  /** Not used from then on, epoch ms. */
  readonly staleAtMs: number;
}

const DEFAULT_LIFETIME_S = 3600;
/** A token is renewed that long before it ends, or at half of its life. */
const LEEWAY_MS = 60_000;
/** The server is not asked again for that long after it refused the client. */
const REFUSAL_MS = 30_000;

/** Access tokens: fetched when first needed, by one request for all who wait, and kept until shortly before their end. */
export class TokenSource {
  readonly #parts: TokenSourceParts;
  #refreshToken: string;
  #token: Token | null = null;
  #fetching: Promise<Token> | null = null;
  #refusal: { readonly error: SyncError; readonly untilMs: number } | null = null;

  constructor(parts: TokenSourceParts) {
    this.#parts = parts;
    this.#refreshToken = parts.client.refreshToken;
  }

  /** A valid token. Throws a SyncError: AUTH where the server refuses, else as the request failed. */
  async token(signal?: AbortSignal): Promise<string> {
    const { clock } = this.#parts;
    if (this.#token !== null && clock.now() < this.#token.staleAtMs) return this.#token.value;
    if (this.#refusal !== null && clock.now() < this.#refusal.untilMs) throw this.#refusal.error;
    this.#fetching ??= this.#fetch().finally(() => (this.#fetching = null));
    const { value } = await unlessAborted(this.#fetching, signal);
    return value;
  }

  /** The API answered 401 to a token: it is forgotten, unless it has been replaced meanwhile. */
  reject(token: string): void {
    if (this.#token?.value === token) this.#token = null;
  }

  /** What must not stand in an error text. */
  secrets(): readonly string[] {
    const { clientSecret } = this.#parts.client;
    return [this.#token?.value ?? '', clientSecret, this.#refreshToken].filter(
      (secret) => secret !== '',
    );
  }

  close(): Promise<void> {
    return this.#parts.http.close();
  }

  async #fetch(): Promise<Token> {
    const { client, http, clock } = this.#parts;
    try {
      const answer = await http.request(tokenRequest(client, this.#refreshToken));
      const { token, refreshToken } = readToken(answer, clock.now());
      if (refreshToken !== null && refreshToken !== this.#refreshToken) {
        this.#refreshToken = refreshToken;
        this.#parts.onRefreshToken?.(refreshToken);
      }
      this.#token = token;
      this.#refusal = null;
      return token;
    } catch (thrown) {
      if (!(thrown instanceof SyncError)) throw thrown;
      const error = new SyncError(`No access token: ${thrown.message}`, thrown);
      if (error.permanent) this.#refusal = { error, untilMs: clock.now() + REFUSAL_MS };
      throw error;
    }
  }
}

function tokenRequest(client: OAuth2Client, refreshToken: string): HttpRequest {
  const { tokenUrl, clientId, clientSecret, scope, audience, clientAuth, timeoutMs } = client;
  const form = new URLSearchParams(
    refreshToken === ''
      ? { grant_type: 'client_credentials' }
      : { grant_type: 'refresh_token', refresh_token: refreshToken },
  );
  if (clientAuth === 'body') {
    form.set('client_id', clientId);
    if (clientSecret !== '') form.set('client_secret', clientSecret);
  }
  if (scope !== '') form.set('scope', scope);
  if (audience !== '') form.set('audience', audience);
  return {
    method: 'POST',
    url: tokenUrl,
    headers: {
      Accept: 'application/json',
      'Content-Type': 'application/x-www-form-urlencoded',
      'User-Agent': 'node-red-webhooks',
      ...(clientAuth === 'basic' ? { Authorization: basic(clientId, clientSecret) } : {}),
    },
    body: form.toString(),
    timeoutMs,
    signal: undefined,
  };
}

/** RFC 6749, section 2.3.1: both parts are form-encoded before they are joined. */
function basic(clientId: string, clientSecret: string): string {
  const encode = (text: string): string => new URLSearchParams({ v: text }).toString().slice(2);
  const pair = `${encode(clientId)}:${encode(clientSecret)}`;
  return `Basic ${Buffer.from(pair, 'utf8').toString('base64')}`;
}

function readToken(
  { status, headers, body }: HttpAnswer,
  nowMs: number,
): { token: Token; refreshToken: string | null } {
  const parsed = body.complete ? parseJson(body.text) : undefined;
  const answer = isRecord(parsed) ? parsed : {};
  if (status < 200 || status >= 300) throw refused(status, answer.error, headers, nowMs);
  const { access_token: value, token_type: type = 'bearer', refresh_token: refresh } = answer;
  if (typeof value !== 'string' || value === '' || !isHeaderValue(value)) {
    throw unusable('the server answered without an access token');
  }
  if (typeof type !== 'string' || type.toLowerCase() !== 'bearer') {
    throw unusable('the server gave a token of another type than bearer');
  }
  const lifetimeMs = lifetimeSeconds(answer.expires_in) * 1000;
  const staleAtMs = nowMs + lifetimeMs - Math.min(LEEWAY_MS, lifetimeMs / 2);
  return {
    token: { value, staleAtMs },
    refreshToken: typeof refresh === 'string' && refresh !== '' ? refresh : null,
  };
}

function lifetimeSeconds(expiresIn: unknown): number {
  const seconds = Number(expiresIn ?? DEFAULT_LIFETIME_S);
  return Number.isFinite(seconds) && seconds >= 0 ? seconds : DEFAULT_LIFETIME_S;
}

/** The error code of RFC 6749 is shown, nothing else of the answer. */
function refused(
  status: number,
  code: unknown,
  headers: ReadonlyMap<string, string>,
  nowMs: number,
): SyncError {
  const known = typeof code === 'string' && /^[\w.-]{1,40}$/.test(code) ? ` (${code})` : '';
  const transient = isTransientStatus(status);
  return new SyncError(`the authorization server answered ${status}${known}`, {
    category: transient ? categoryOfStatus(status) : 'AUTH',
    statusCode: status,
    retryAfterMs: transient ? parseRetryAfter(headers.get('retry-after'), nowMs) : null,
  });
}

function unusable(message: string): SyncError {
  return new SyncError(message, { category: 'AUTH' });
}

/** Whoever gives up does not end the request that others wait for. */
async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return work;
  let stop = (): void => undefined;
  const aborted = new Promise<never>((_, reject) => {
    stop = () =>
      reject(new SyncError('ended before the answer was there', { category: 'UNKNOWN' }));
  });
  signal.addEventListener('abort', stop, { once: true });
  if (signal.aborted) stop();
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

import type { Clock } from '../shared/clock';
import { createAuth, requireSecret, type Auth, type Secrets } from './auth';
import { baseUrlOf, Connection } from './connection';
import { resolveData, type Environment } from './environment';
import type { HttpClient, TlsSettings } from './http-client';
import { TokenSource } from './oauth2';
import type { AuthSettings, ConnectionOptions } from './options';
import { proxyFor } from './proxy';
import { SyncError } from './sync-error';
import { createHttpClient } from './undici-client';

/** As the credential store gives them. */
export interface ConnectionSecrets extends Secrets {
  readonly clientId?: string | undefined;
  readonly clientSecret?: string | undefined;
  readonly refreshToken?: string | undefined;
}

export interface ConnectionHost {
  readonly clock: Clock;
  /** Of the operator: `${NAME}` in settings and secrets, and the proxy variables. */
  readonly environment: Environment;
  readonly tls: TlsSettings;
  /** A new refresh token replaces the one in the credential store. */
  readonly onRefreshToken: (token: string) => void;
}

export interface OpenedConnection {
  readonly connection: Connection;
  /** Ends what runs and closes all connections. */
  close(): Promise<void>;
}

/**
 * Opens a connection: `${NAME}` is replaced everywhere, credentials are checked, clients are made;
 * nothing is sent yet. Fails closed with a SyncError: VALIDATION for settings, AUTH for credentials.
 */
export function openConnection(
  saved: ConnectionOptions & AuthSettings,
  savedSecrets: ConnectionSecrets,
  host: ConnectionHost,
): OpenedConnection {
  const settings = resolveData(saved, host.environment);
  const secrets = resolveSecrets(savedSecrets, host.environment);
  const clientFor = (origin: string): HttpClient =>
    createHttpClient({
      origin,
      allowPrivateNetwork: settings.allowPrivateNetwork,
      clock: host.clock,
      maxAnswerBytes: settings.maxResponseMb * 1024 * 1024,
      tls: host.tls,
      proxy: proxyFor(new URL(origin), host.environment),
    });
  const { origin } = baseUrlOf(settings.baseUrl);
  const auth = openAuth(settings, secrets, clientFor, host);
  const { clock } = host;
  const connection = new Connection({ options: settings, auth, http: clientFor(origin), clock });
  return {
    connection,
    close: async () => {
      await connection.http.close();
      if (auth.type === 'oauth2') await auth.tokens.close();
    },
  };
}

/** A reference in a secret is a matter of its own: the text names the secret, too. */
function resolveSecrets(secrets: ConnectionSecrets, environment: Environment): ConnectionSecrets {
  try {
    return resolveData(secrets, environment);
  } catch (thrown) {
    if (!(thrown instanceof SyncError)) throw thrown;
    throw new SyncError(`A credential of the connection cannot be used. ${thrown.message}`, {
      category: 'AUTH',
    });
  }
}

function openAuth(
  settings: ConnectionOptions & AuthSettings,
  secrets: ConnectionSecrets,
  clientFor: (origin: string) => HttpClient,
  { clock, onRefreshToken }: ConnectionHost,
): Auth {
  if (settings.auth !== 'oauth2') {
    return createAuth({ ...settings, auth: settings.auth }, secrets);
  }
  const tokenUrl = tokenUrlOf(settings);
  const refreshToken = (secrets.refreshToken ?? '').trim();
  const client = {
    tokenUrl,
    clientId: requireSecret(secrets.clientId, 'client id').trim(),
    clientSecret:
      refreshToken === ''
        ? requireSecret(secrets.clientSecret, 'client secret').trim()
        : (secrets.clientSecret ?? '').trim(),
    refreshToken,
    scope: settings.scope.split(/[\s,]+/).join(' '),
    audience: settings.audience,
    clientAuth: settings.clientAuth,
    timeoutMs: settings.timeoutSeconds * 1000,
  };
  const http = clientFor(tokenUrl.origin);
  return { type: 'oauth2', tokens: new TokenSource({ client, http, clock, onRefreshToken }) };
}

/** Secrets go there: only encrypted, except in a network of one's own. */
function tokenUrlOf({ tokenUrl, allowPrivateNetwork }: ConnectionOptions & AuthSettings): URL {
  const url = URL.parse(tokenUrl);
  const scheme = url?.protocol ?? '';
  if (url === null || !/^https?:$/.test(scheme) || url.username !== '' || url.password !== '') {
    throw new SyncError('The token URL must be an https URL without user and password.', {
      category: 'VALIDATION',
    });
  }
  if (scheme === 'http:' && !allowPrivateNetwork) {
    throw new SyncError('The token URL must begin with https: the client secret is sent there.', {
      category: 'VALIDATION',
    });
  }
  url.hash = '';
  return url;
}

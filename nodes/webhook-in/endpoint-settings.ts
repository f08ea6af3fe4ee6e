import { endpointKey } from '../../src/events/event';
import { fixedAck } from '../../src/ingest/acknowledgement';
import type { ResponseMode } from '../../src/ingest/await-outcome';
import { autoDedup, parseDedupKey } from '../../src/ingest/dedup-key';
import type { EndpointSettings } from '../../src/ingest/endpoint';
import { findProvider } from '../../src/signature/catalogue';
import { genericScheme } from '../../src/signature/generic';
import type { Provider } from '../../src/signature/provider';
import type { Scheme, Secrets } from '../../src/signature/scheme';
import { isMissingSecret } from '../../src/signature/secrets';
import { validateScheme } from '../../src/signature/validate-scheme';
import { nameOf, type WebhookInConfig } from './webhook-in.config';

export interface WebhookInCredentials {
  readonly secret?: string;
  readonly previousSecret?: string;
  readonly username?: string;
  readonly password?: string;
  readonly verifyToken?: string;
}

/** Where nobody knows how long a sender waits. */
const DEFAULT_DEADLINE_SECONDS = 10;
const HOUR_MS = 3_600_000;
const KB = 1024;

/** The endpoint that a node's configuration describes. Throws with what is wrong with its scheme. */
export function endpointSettings(
  config: WebhookInConfig,
  credentials: WebhookInCredentials,
  redactHeaders: readonly string[],
): EndpointSettings {
  const provider = findProvider(config.provider);
  const { ackStatus, ackBody, dedupKey, dedupWindowHours, maxBodyKb } = config;
  return {
    key: endpointKey(config.listener, config.path),
    name: nameOf(config),
    enabled: config.enabled,
    methods: config.methods,
    provider: config.provider,
    scheme: provider?.scheme ?? otherScheme(config),
    secrets: secretsOf(config, credentials),
    handshakes: provider?.handshakes ?? [],
    envelope: provider?.envelope ?? null,
    capturesSecret: provider?.capturesSecret === true,
    settings: settingsOf(config, provider, credentials),
    jwksUrl: provider === undefined || isKeySet(provider.scheme) ? config.jwt.jwksUrl : '',
    publicUrl: config.publicUrl,
    toleranceSeconds: config.toleranceSeconds,
    deliveryId: provider?.deliveryId ?? null,
    eventType: provider?.eventType ?? null,
    dedup: parseDedupKey(dedupKey, autoDedup(provider)),
    dedupWindowMs: dedupWindowHours * HOUR_MS,
    ack: fixedAck({ status: ackStatus, body: ackBody }, provider?.ack ?? null),
    ackStatus: ackStatus ?? 200,
    response: responseMode(config, provider?.timeoutSeconds ?? null),
    rateLimit: config.rateLimit,
    maxBodyBytes: maxBodyKb * KB,
    allowedIps: config.allowedIps,
    proxyHops: config.proxyHops,
    redactHeaders,
  };
}

/** A sender that waits for the outcome is answered a second before its own time is up. */
function responseMode(
  { response, timeoutSeconds }: WebhookInConfig,
  providerSeconds: number | null,
): ResponseMode {
  switch (response) {
    case 'received':
      return { kind: 'received' };
    case 'outcome': {
      const seconds = providerSeconds ?? DEFAULT_DEADLINE_SECONDS;
      return { kind: 'outcome', withinMs: Math.max(seconds - 1, seconds / 2) * 1000 };
    }
    case 'flow':
      return { kind: 'flow', withinMs: timeoutSeconds * 1000 };
  }
}

/** Only the word `none` turns verification off; anything that is not known must be signed. */
function otherScheme(config: WebhookInConfig): Scheme {
  if (config.provider === 'none') return { scheme: 'none' };
  if (config.provider !== 'custom') return genericScheme(config);
  const validated = validateScheme(config.scheme);
  if (!validated.ok) throw new Error(`The scheme can't be used. ${validated.problem}`);
  return validated.scheme;
}

/** Whether the scheme takes its keys from an address. */
function isKeySet(scheme: Scheme): boolean {
  return scheme.scheme === 'jwt' && scheme.jwks !== undefined;
}

/** What the scheme needs beside the secret; what is a secret as well stands with the credentials. */
function settingsOf(
  { providerSettings }: WebhookInConfig,
  provider: Provider | undefined,
  { verifyToken }: WebhookInCredentials,
): Readonly<Record<string, string>> {
  const kept = provider?.settings.find(({ credential }) => credential === true);
  if (kept === undefined || isMissingSecret(verifyToken)) return providerSettings;
  return { ...providerSettings, [kept.key]: verifyToken ?? '' };
}

function secretsOf(
  { provider, signatureType }: WebhookInConfig,
  { secret, previousSecret, username, password }: WebhookInCredentials,
): Secrets | null {
  if (provider === 'generic' && signatureType === 'basic') {
    if (isMissingSecret(username) || isMissingSecret(password)) return null;
    return { current: `${username ?? ''}:${password ?? ''}` };
  }
  if (secret === undefined) return null;
  return previousSecret === undefined
    ? { current: secret }
    : { current: secret, previous: previousSecret };
}

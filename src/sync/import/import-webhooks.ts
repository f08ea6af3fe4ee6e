import { isRecord } from '../../shared/json';
import { secretText } from './import-auth';
import { noteOthers, type Note } from './note';

/** An endpoint for webhooks as the editor creates it. */
export interface ImportedWebhook {
  readonly properties: Record<string, unknown>;
  readonly credentials: Record<string, string>;
}

/** What the webhook server of APILinker is configured with. */
export interface ImportedWebhooks {
  readonly endpoints: readonly ImportedWebhook[];
  /** Properties of a retry node; null: none is configured. */
  readonly retry: Record<string, unknown> | null;
}

const RETRY_KEYS = ['max_retry_attempts', 'retry_delay_seconds', 'retry_backoff_multiplier'];

/** APILinker's `WebhookConfig`, by the names of its fields. */
export function importWebhooks(saved: unknown, where: string, notes: Note[]): ImportedWebhooks {
  if (!isRecord(saved)) return { endpoints: [], retry: null };
  noteOthers(saved, ['endpoints', ...RETRY_KEYS], where, notes);
  const endpoints = Array.isArray(saved.endpoints) ? (saved.endpoints as unknown[]) : [];
  return {
    endpoints: endpoints.flatMap((each, at) =>
      endpointOf(each, `${where}.endpoints[${at}]`, notes),
    ),
    retry: RETRY_KEYS.some((key) => saved[key] !== undefined) ? retryOf(saved) : null,
  };
}

/** APILinker counts all attempts, a retry node only those after the first. Its delay grows to a minute. */
function retryOf(saved: Record<string, unknown>): Record<string, unknown> {
  const {
    max_retry_attempts: attempts = 3,
    retry_delay_seconds: delay = 1,
    retry_backoff_multiplier: multiplier = 2,
  } = saved;
  return {
    maxRetries: typeof attempts === 'number' ? Math.max(0, Math.trunc(attempts) - 1) : attempts,
    delaySeconds: delay,
    multiplier,
  };
}

const ENDPOINT_KEYS = [
  ...['path', 'name', 'methods', 'enabled', 'secret', 'signature_type', 'signature_header'],
];
const SIGNATURES = ['hmac_sha256', 'hmac_sha1', 'jwt'];

function endpointOf(saved: unknown, where: string, notes: Note[]): ImportedWebhook[] {
  if (!isRecord(saved) || typeof saved.path !== 'string') {
    notes.push({ code: 'endpoint-unusable', where });
    return [];
  }
  noteOthers(saved, ENDPOINT_KEYS, where, notes);
  const { path, name, methods, enabled, signature_type: type, signature_header: header } = saved;
  const secret = secretText(saved.secret, where, notes);
  const known = typeof type === 'string' && SIGNATURES.includes(type);
  const verified = known || (type !== undefined && type !== 'none') || secret !== '';
  if (!verified) notes.push({ code: 'not-verified', where });
  return [
    {
      properties: {
        path,
        ...(typeof name === 'string' ? { name } : {}),
        ...(Array.isArray(methods) ? { methods } : {}),
        ...(enabled === false ? { enabled } : {}),
        // A secret or a type that is not known must not become an endpoint for everybody.
        provider: verified ? 'generic' : 'none',
        ...(known ? { signatureType: type } : {}),
        ...(verified ? { signatureHeader: headerOf(header) } : {}),
      },
      credentials: secret === '' ? {} : { secret },
    },
  ];
}

function headerOf(saved: unknown): string {
  return typeof saved === 'string' ? saved : 'X-Hub-Signature-256';
}

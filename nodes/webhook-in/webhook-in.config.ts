import { isDedupKey } from '../../src/ingest/dedup-key';
import { METHODS, readMethods, type Method } from '../../src/ingest/methods';
import { patternProblem } from '../../src/ingest/path-pattern';
import { isPublicUrl } from '../../src/ingest/public-url';
import { isRecord } from '../../src/shared/json';
import {
  isHeaderName,
  readJwtOptions,
  SIGNATURE_DEFAULTS,
  SIGNATURE_TYPES,
  TOLERANCE_SECONDS,
  type SignatureOptions,
} from '../../src/signature/options';
import { CHOICES } from '../../src/signature/providers/choices';
import { ATTEMPT_FIELDS, type AttemptConfig } from '../shared/attempt-fields';
import { CONCURRENCY_SCOPES, type ConcurrencyScope } from '../shared/concurrency-scope';
import {
  choice,
  configNode,
  flag,
  number,
  optionalNumber,
  structured,
  text,
  type Fields,
} from '../shared/config-fields';

export const TYPE = 'webhook-in';

export interface WebhookInConfig extends SignatureOptions, AttemptConfig {
  /** Empty: named after the path. */
  readonly name: string;
  readonly path: string;
  readonly methods: readonly Method[];
  readonly enabled: boolean;
  /** The id of a provider, or `generic`, `custom`, `none`. */
  readonly provider: string;
  /** What the provider needs beside the secret, by name. */
  readonly providerSettings: Readonly<Record<string, string>>;
  /** The scheme of `custom`; null: none. What is wrong with it is said by `validateScheme`. */
  readonly scheme: Readonly<Record<string, unknown>> | null;
  /** How senders call the endpoint, for schemes that sign the URL; empty: as requests say. */
  readonly publicUrl: string;
  /** Null: the provider's, else 200. */
  readonly ackStatus: number | null;
  /** Empty: the provider's, else our JSON. */
  readonly ackBody: string;
  /** The replay window in seconds; null: the provider's. */
  readonly toleranceSeconds: number | null;
  readonly dedupKey: string;
  readonly dedupWindowHours: number;
  /** When the sender gets its answer: once stored, once the flow is done, or from the flow itself. */
  readonly response: Response;
  /** An attempt without an outcome fails after this. Seconds. */
  readonly timeoutSeconds: number;
  /** Attempts in the flow at once. */
  readonly concurrency: number;
  readonly concurrencyScope: ConcurrencyScope;
  /** One at a time, and the next one only once the last one is final. */
  readonly ordered: boolean;
  readonly includeRawBody: boolean;
  /** Verified requests per second; null: not limited. */
  readonly rateLimit: number | null;
  readonly maxBodyKb: number;
  /** Addresses and CIDR ranges that may send; empty: all. */
  readonly allowedIps: readonly string[];
  /** Proxies in front whose X-Forwarded-For is trusted. */
  readonly proxyHops: number;
  /** The config node whose port receives; empty: Node-RED's own HTTP server. */
  readonly listener: string;
  readonly history: string;
}

export const RESPONSES = ['received', 'outcome', 'flow'] as const;
export type Response = (typeof RESPONSES)[number];

/** The choices of `provider` that are no provider of the catalogue. */
export const OTHER_PROVIDERS = ['none', 'generic', 'custom'] as const;

export const FIELDS: Fields<WebhookInConfig> = {
  name: text(),
  path: text('', (path) => patternProblem(path) === undefined, 'a path such as /hooks/orders'),
  methods: structured<readonly Method[]>(['POST'], `some of ${METHODS.join(', ')}`, readMethods),
  enabled: flag(true),
  provider: choice([...OTHER_PROVIDERS, ...CHOICES.map(({ id }) => id)], 'none'),
  signatureType: choice(SIGNATURE_TYPES, SIGNATURE_DEFAULTS.signatureType),
  signatureHeader: text(
    SIGNATURE_DEFAULTS.signatureHeader,
    (name) => name === '' || isHeaderName(name),
    'the name of a header',
  ),
  jwt: structured(SIGNATURE_DEFAULTS.jwt, 'the options of a token', readJwtOptions),
  providerSettings: structured<Readonly<Record<string, string>>>({}, 'texts by name', readTexts),
  scheme: structured<Readonly<Record<string, unknown>> | null>(null, 'an object', readObject),
  publicUrl: text('', isPublicUrl, 'an address such as https://hooks.example.com'),
  ackStatus: optionalNumber(null, { min: 200, max: 299, integer: true }),
  ackBody: structured('', 'a text', (saved) => (typeof saved === 'string' ? saved : undefined)),
  toleranceSeconds: optionalNumber(null, TOLERANCE_SECONDS),
  dedupKey: text('auto', isDedupKey, 'auto, header:NAME, payload:PATH or empty'),
  dedupWindowHours: number(72, { min: 0.01, max: 8760 }),
  response: choice(RESPONSES, 'received'),
  timeoutSeconds: number(30, { min: 0.1, max: 86_400 }),
  concurrency: number(10, { min: 1, max: 1000, integer: true }),
  concurrencyScope: choice(CONCURRENCY_SCOPES, 'instance'),
  ordered: flag(false),
  ...ATTEMPT_FIELDS,
  includeRawBody: flag(false),
  rateLimit: optionalNumber(null, { min: 0.01, max: 100_000 }),
  maxBodyKb: number(5120, { min: 1, max: 1_048_576, integer: true }),
  allowedIps: structured<readonly string[]>([], 'a list of addresses and ranges', readAddresses),
  proxyHops: number(0, { min: 0, max: 10, integer: true }),
  listener: configNode('webhook-listener'),
  history: configNode('webhook-history'),
};

export const CREDENTIALS = {
  secret: { type: 'password' },
  previousSecret: { type: 'password' },
  username: { type: 'text' },
  password: { type: 'password' },
  verifyToken: { type: 'password' },
} as const;

/** `/hooks/orders` is named hooks_orders, `/` root: as APILinker names its endpoints. */
export function nameOf({ name, path }: Pick<WebhookInConfig, 'name' | 'path'>): string {
  if (name !== '') return name;
  const segments = path.split('/').filter((segment) => segment !== '');
  return segments.length === 0 ? 'root' : segments.join('_');
}

function readTexts(saved: unknown): Readonly<Record<string, string>> | undefined {
  if (!isRecord(saved)) return undefined;
  const entries = Object.entries(saved).filter(([, value]) => value !== '');
  const areTexts = entries.every(([, value]) => typeof value === 'string');
  return areTexts ? (Object.fromEntries(entries) as Record<string, string>) : undefined;
}

function readObject(saved: unknown): Readonly<Record<string, unknown>> | null | undefined {
  if (saved === null || saved === '') return null;
  return isRecord(saved) ? saved : undefined;
}

/** The rough form only, since this runs in the browser; the runtime reads them to the last bit. */
function readAddresses(saved: unknown): readonly string[] | undefined {
  const isAddress = (entry: unknown): entry is string =>
    typeof entry === 'string' && /^[0-9A-Fa-f.:]+(\/\d{1,3})?$/.test(entry);
  return Array.isArray(saved) && saved.every(isAddress) ? saved : undefined;
}

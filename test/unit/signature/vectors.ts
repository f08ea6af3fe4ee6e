import { createPublicKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import type { KeySource } from '../../../src/signature/key-source';
import type { Scheme, Secrets, SignedRequest, Verdict } from '../../../src/signature/scheme';
import { createVerifier, type VerifierOptions } from '../../../src/signature/verify';

/** A recorded request, made by the provider's own library or from its documentation. */
export interface Vector {
  readonly id: string;
  readonly provider: string;
  readonly kind: 'verify' | 'handshake';
  readonly name: string;
  readonly expected: string;
  readonly secret: string | null;
  /** While a secret is rotated: the new one and the old one. */
  readonly secrets?: readonly string[];
  readonly config?: Readonly<Record<string, unknown>>;
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly bodyBase64: string;
  /** Epoch seconds. */
  readonly now: number;
  readonly response?: {
    readonly status: number;
    readonly contentType?: string;
    readonly body?: string;
    readonly json?: unknown;
    readonly headers?: Readonly<Record<string, string>>;
    readonly capture?: string;
    readonly action?: { readonly get: string };
  } | null;
}

export function readVectors(name: 'vectors' | 'vectors-ambiguous'): Vector[] {
  const packed = readFileSync(`test/fixtures/signature/${name}.json.gz`);
  return JSON.parse(gunzipSync(packed).toString()) as Vector[];
}

/** As a server hands a request over: lower-case names, repeated headers joined. */
export function requestOf({ method, url, headers, bodyBase64 }: Vector): SignedRequest {
  const rawHeaders = Object.entries(headers).flatMap(([name, value]) =>
    [value].flat().flatMap((text) => [name, text]),
  );
  const joined = Object.entries(headers).map(([name, value]) => [
    name.toLowerCase(),
    [value].flat().join(', '),
  ]);
  return {
    method,
    url,
    headers: Object.fromEntries(joined) as Record<string, string>,
    rawHeaders,
    body: Buffer.from(bodyBase64, 'base64'),
  };
}

/** What a user would paste; a key set where the keys are public. */
export function secretsOf({ secret, secrets, config }: Vector): Secrets | null {
  const jwks = config?.['jwks'];
  if (jwks !== undefined) return { current: JSON.stringify(jwks) };
  const [current = secret, previous] = secrets ?? [];
  if (current === null) return null;
  return previous === undefined ? { current } : { current, previous };
}

/** The texts among a vector's configuration. */
export function settingsOf({ config }: Vector): Record<string, string> {
  const texts = Object.entries(config ?? {}).filter(([, value]) => typeof value === 'string');
  return Object.fromEntries(texts) as Record<string, string>;
}

export function optionsOf(vector: Vector): VerifierOptions {
  return {
    settings: settingsOf(vector),
    keySource: certificates(vector),
    now: () => vector.now * 1000,
  };
}

/** Certificates by address, as the vector has them; nothing is fetched. */
function certificates({ config }: Vector): KeySource {
  const known = (config?.['certs'] ?? {}) as Record<string, string>;
  return {
    keySet: () => Promise.reject(new Error('no key set')),
    certificateKey: async (url) => createPublicKey(known[url]!),
  };
}

export async function verdictOf(scheme: Scheme, vector: Vector): Promise<Verdict> {
  const verifier = createVerifier(scheme, secretsOf(vector), optionsOf(vector));
  return verifier.verify(requestOf(vector));
}

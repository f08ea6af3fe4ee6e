import { readFileSync } from 'node:fs';
import type { SignedRequest, Verdict } from '../../../src/signature/scheme';
import { createVerifier, type VerifierOptions } from '../../../src/signature/verify';

export interface Vector {
  readonly id: string;
  readonly expected: 'valid' | 'invalid';
  readonly secret: string;
  readonly secrets?: readonly string[];
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly bodyBase64: string;
  /** Epoch seconds. */
  readonly now: number;
}

export function fixture<T>(name: string): T[] {
  return JSON.parse(readFileSync(`test/fixtures/signature/${name}.json`, 'utf8')) as T[];
}

/** As Node.js hands headers over: lower-case names, repeated ones joined. */
export function signedRequest(
  headers: Vector['headers'],
  body: Uint8Array | string = '',
): SignedRequest {
  const entries = Object.entries(headers).map(([name, value]) => [
    name.toLowerCase(),
    typeof value === 'string' ? value : value.join(', '),
  ]);
  return {
    headers: Object.fromEntries(entries) as Record<string, string>,
    body: typeof body === 'string' ? Buffer.from(body) : body,
  };
}

export function verifyVector(
  scheme: Parameters<typeof createVerifier>[0],
  vector: Omit<Vector, 'expected'>,
): Verdict | Promise<Verdict> {
  const [current = vector.secret, previous] = vector.secrets ?? [];
  const secrets = previous === undefined ? { current } : { current, previous };
  const verifier = createVerifier(scheme, secrets, at(vector.now));
  return verifier.verify(signedRequest(vector.headers, Buffer.from(vector.bodyBase64, 'base64')));
}

export function at(seconds: number): VerifierOptions {
  return { now: () => seconds * 1000 };
}

/** `ok`, or the refusal: what most tests compare. */
export function outcome(verdict: Verdict): string {
  return verdict.ok ? 'ok' : verdict.refusal;
}

/** The verdict of an hmac scheme, which is never a promise. */
export function sync(verdict: Verdict | Promise<Verdict>): Verdict {
  if (verdict instanceof Promise) throw new Error('an hmac verdict must not be a promise');
  return verdict;
}

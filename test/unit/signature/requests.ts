import { readFileSync } from 'node:fs';
import type { SignedRequest, Verdict } from '../../../src/signature/scheme';
import type { VerifierOptions } from '../../../src/signature/verify';

export function fixture<T>(name: string): T[] {
  return JSON.parse(readFileSync(`test/fixtures/signature/${name}.json`, 'utf8')) as T[];
}

/** As Node.js hands headers over: lower-case names, repeated ones joined, and all as they came. */
export function signedRequest(
  headers: Readonly<Record<string, string | readonly string[]>>,
  body: Uint8Array | string = '',
): SignedRequest {
  const entries = Object.entries(headers).map(([name, value]) => [
    name.toLowerCase(),
    [value].flat().join(', '),
  ]);
  return {
    method: 'POST',
    url: 'https://hooks.example.com/in',
    headers: Object.fromEntries(entries) as Record<string, string>,
    rawHeaders: Object.entries(headers).flatMap(([name, value]) =>
      [value].flat().flatMap((text) => [name, text]),
    ),
    body: typeof body === 'string' ? Buffer.from(body) : body,
  };
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

import { secretHeaderPattern, secretHeaders } from '../signature/locations';
import { compilePattern } from '../signature/pattern';
import type { Scheme } from '../signature/scheme';

/** Headers that are somebody's key, whatever the scheme. */
const ALWAYS = ['authorization', 'proxy-authorization', 'cookie', 'set-cookie'];
export const REDACTED = '[redacted]';

/** Which headers' values are never stored. */
export interface RedactedHeaders {
  /** Takes the lower-case name. */
  has(name: string): boolean;
}

/** The headers of a scheme that carry a signature or a secret, and those that a user named. */
export function redactedHeaders(scheme: Scheme, more: readonly string[]): RedactedHeaders {
  const named = [...ALWAYS, ...secretHeaders(scheme), ...more];
  const names = new Set(named.map((name) => name.trim().toLowerCase()));
  const pattern = secretHeaderPattern(scheme);
  if (pattern === null) return names;
  const matches = compilePattern(pattern);
  return { has: (name) => names.has(name) || matches(name) };
}

/** A copy of the headers in which the values of the named ones are replaced. */
export function redactHeaders(
  headers: Readonly<Record<string, string | string[] | undefined>>,
  names: RedactedHeaders,
): Record<string, string> {
  const copy: Record<string, string> = {};
  for (const name of Object.keys(headers)) {
    const value = headers[name];
    if (value === undefined) continue;
    const shown = names.has(name) ? REDACTED : typeof value === 'string' ? value : value.join(', ');
    // Plain assignment to this name would set the prototype.
    if (name === '__proto__') Object.defineProperty(copy, name, { value: shown, enumerable: true });
    else copy[name] = shown;
  }
  return copy;
}

/** A URL in which the values of the named query parameters are replaced. */
export function redactUrl(url: string, names: readonly string[]): string {
  const at = url.indexOf('?');
  if (names.length === 0 || at === -1) return url;
  return `${url.slice(0, at)}?${redactPairs(url.slice(at + 1), names)}`;
}

/** The fields of a query or a form, of which the values of the named ones are replaced. */
export function redactPairs(pairs: string, names: readonly string[]): string {
  const shown = pairs.split('&').map((pair) => {
    const [name = ''] = [...new URLSearchParams(`&${pair}`).keys()];
    return names.includes(name) ? `${pair.split('=')[0] ?? ''}=${REDACTED}` : pair;
  });
  return shown.join('&');
}

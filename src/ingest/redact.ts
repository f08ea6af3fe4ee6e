/** Headers that are somebody's key, whatever the scheme. */
const ALWAYS = ['authorization', 'proxy-authorization', 'cookie', 'set-cookie'];
export const REDACTED = '[redacted]';

/** The names of the headers whose values are never stored, lower-case. */
export function redactedHeaders(...more: readonly (readonly string[])[]): ReadonlySet<string> {
  return new Set([ALWAYS, ...more].flat().map((name) => name.trim().toLowerCase()));
}

/** A copy of the headers in which the values of the named ones are replaced. */
export function redactHeaders(
  headers: Readonly<Record<string, string | string[] | undefined>>,
  names: ReadonlySet<string>,
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

import { createHash } from 'node:crypto';

/**
 * The `qsh` claim of Atlassian's Connect: SHA-256 in hexadecimal over method, path below the base URL
 * and the sorted query without `jwt`, each percent-encoded (RFC 3986).
 */
export function queryStringHash(method: string, url: string, baseUrl: string | undefined): string {
  const { pathname, search } = new URL(url);
  const base = baseUrl === undefined ? '' : new URL(baseUrl).pathname.replace(/\/+$/, '');
  const below = pathname.startsWith(base) ? pathname.slice(base.length) : pathname;
  const path = (below.replace(/\/+$/, '') || '/').replaceAll('&', '%26');
  const canonical = `${method.toUpperCase()}&${path}&${canonicalQuery(search)}`;
  return createHash('sha256').update(canonical).digest('hex');
}

function canonicalQuery(search: string): string {
  const values = new Map<string, string[]>();
  for (const [name, value] of new URLSearchParams(search)) {
    if (name === 'jwt') continue;
    const key = encode(name);
    values.set(key, [...(values.get(key) ?? []), encode(value)]);
  }
  return [...values.keys()]
    .sort()
    .map((key) => `${key}=${(values.get(key) ?? []).sort().join(',')}`)
    .join('&');
}

function encode(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

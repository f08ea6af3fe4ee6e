import type { IncomingRequest } from './request';

/** Of these Node.js keeps the first one and drops the others without a word (http: message.headers). */
const KEPT_ONCE: ReadonlySet<string> = new Set([
  'age',
  'authorization',
  'content-length',
  'content-type',
  'etag',
  'expires',
  'from',
  'host',
  'if-modified-since',
  'if-unmodified-since',
  'last-modified',
  'location',
  'max-forwards',
  'proxy-authorization',
  'referer',
  'retry-after',
  'server',
  'user-agent',
]);

/**
 * The headers as the verifier needs them: repeated ones joined by ", ". Where a signature comes in a
 * header of which Node.js shows the first only, all are put back, so that a verifier never accepts a
 * request of which another reader sees another signature.
 */
export function signedHeaders(
  request: IncomingRequest,
  signatureHeader: string | null,
): Readonly<Record<string, string>> {
  // Only set-cookie is a list, and no scheme signs it.
  const headers = request.headers as Readonly<Record<string, string>>;
  if (signatureHeader === null || !KEPT_ONCE.has(signatureHeader)) return headers;
  const values = rawValues(request.rawHeaders, signatureHeader);
  return values.length < 2 ? headers : { ...headers, [signatureHeader]: values.join(', ') };
}

function rawValues(rawHeaders: readonly string[], name: string): string[] {
  const values: string[] = [];
  for (let index = 0; index < rawHeaders.length; index += 2) {
    if (rawHeaders[index]?.toLowerCase() === name) values.push(rawHeaders[index + 1] ?? '');
  }
  return values;
}

import { parseReadPath, readPath } from './mapping/path';
import type { Params } from './endpoint';
import { SyncError } from './sync-error';

export interface FilledPath {
  readonly url: URL;
  /** The parameters that the path has used up. */
  readonly used: ReadonlySet<string>;
}

/**
 * The URL of an endpoint: base URL and path joined by one slash, `{placeholders}` replaced by the values'
 * percent-encoded text. Throws a SyncError (VALIDATION) where a value is missing or would change the
 * path's structure, and where the URL leaves the base URL's server.
 */
export function fillPath(base: URL, path: string, values: Params): FilledPath {
  const used = new Set<string>();
  const filled = path.replace(/\{([^{}/]+)\}/g, (_, name: string) => {
    used.add(name);
    return placeholderText(name, readPath(values, parseReadPath(name)));
  });
  if (used.size > 0) refuseDotSegments(filled, path);
  const url = joinUrl(base, filled);
  if (url.origin !== base.origin || url.username !== '' || url.password !== '') {
    throw invalid(`The path \`${withoutQuery(path)}\` leads to another server than the base URL.`);
  }
  return { url, used };
}

function placeholderText(name: string, value: unknown): string {
  const isText = typeof value === 'string' && value !== '';
  if (!isText && typeof value !== 'number' && typeof value !== 'boolean') {
    throw invalid(`The path needs \`{${name}}\`, which is missing or no text or number.`);
  }
  try {
    return encodeURIComponent(value);
  } catch {
    throw invalid(`\`{${name}}\` of the path holds half a character.`);
  }
}

/** A value of `..` would climb out of its place: URL parsers resolve it even percent-encoded. */
function refuseDotSegments(filled: string, path: string): void {
  const segments = filled.replace(/[?#].*$/s, '').split(/[/\\]/);
  if (segments.some((segment) => /^(?:\.|%2e){1,2}$/i.test(segment))) {
    throw invalid(`A value would make \`${withoutQuery(path)}\` lead to another path.`);
  }
}

/** An absolute URL as path stays one, so that the check of its origin sees it. */
function joinUrl(base: URL, path: string): URL {
  try {
    if (/^[a-z][a-z0-9+.-]*:/i.test(path)) return new URL(path);
    return new URL(`${base.href.replace(/\/+$/, '')}/${path.replace(/^\/+/, '')}`);
  } catch {
    throw invalid(`The path \`${withoutQuery(path)}\` makes no URL.`);
  }
}

/** The path for error texts: a literal query might hold a secret. */
export function withoutQuery(path: string): string {
  return path.replace(/[?#].*$/s, '');
}

/** Adds parameters: true and false as words, null as empty, lists as repeated names, the rest as JSON. */
export function appendQuery(url: URL, params: Params): void {
  for (const [name, value] of Object.entries(params)) {
    for (const each of Array.isArray(value) ? (value as unknown[]) : [value]) {
      url.searchParams.append(name, queryText(each));
    }
  }
  // A blank as %20 is understood by all servers, as + only by those that expect a form.
  url.search = url.searchParams.toString().replaceAll('+', '%20');
}

function queryText(value: unknown): string {
  if (value === null || value === undefined) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function invalid(message: string): SyncError {
  return new SyncError(message, { category: 'VALIDATION' });
}

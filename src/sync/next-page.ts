import type { Pagination } from './endpoint';
import { SyncError } from './sync-error';

/** Where the next page is: other parameters for the same endpoint, or a URL. */
export type NextPage = { readonly param: string; readonly value: unknown } | { readonly url: URL };

/**
 * The next page that an answer names by a token or a URL (APILinker's `next_page_path`); null: there is
 * none. Texts and whole numbers count, `true` too; anything else, and what is falsy, ends the walk.
 * Throws a SyncError (VALIDATION) for a URL of another server.
 */
export function nextByToken(
  value: unknown,
  { pageParam }: Pagination,
  current: URL,
): NextPage | null {
  if (typeof value === 'string' && value !== '') {
    return isUrl(value) ? { url: sameServer(value, current) } : { param: pageParam, value };
  }
  const counts = value === true || (typeof value === 'number' && Number.isInteger(value));
  return counts && value !== 0 ? { param: pageParam, value } : null;
}

/** An absolute URL, or a path with a query: a token may begin with a slash, too, but has no `?`. */
function isUrl(text: string): boolean {
  return /^https?:\/\//i.test(text) || /^[/?][^?]*\?|^\?/.test(text);
}

/** The target of the Link header with `rel="next"` (RFC 8288); null: there is none. */
export function nextByLink(header: string | undefined, current: URL): NextPage | null {
  for (const link of linksOf(header ?? '')) {
    if (link.rel.includes('next')) return { url: sameServer(link.target, current) };
  }
  return null;
}

const LINK = /<([^<>]*)>([^<]*)/g;
const REL = /;\s*rel\s*=\s*(?:"([^"]*)"|([^\s",;]*))/i;

function linksOf(header: string): { target: string; rel: readonly string[] }[] {
  return [...header.slice(0, 16_384).matchAll(LINK)].map(([, target = '', params = '']) => {
    const [, quoted, plain = ''] = REL.exec(params) ?? [];
    return { target, rel: (quoted ?? plain).toLowerCase().split(/\s+/) };
  });
}

/** Credentials go along to the next page, so it must be on the same server. */
function sameServer(target: string, current: URL): URL {
  const url = URL.parse(target, current.href);
  if (url === null) throw invalid('The link to the next page is no URL.');
  if (url.origin !== current.origin || url.username !== '' || url.password !== '') {
    throw invalid('The link to the next page leads to another server than the base URL.');
  }
  url.hash = '';
  return url;
}

function invalid(message: string): SyncError {
  return new SyncError(message, { category: 'VALIDATION' });
}

import type { IncomingRequest } from './request';

/** The URL of a request as its sender saw it; `callbackUrl` where it was registered in other words. */
export interface SenderUrl {
  readonly url: string;
  readonly callbackUrl?: string;
}

/**
 * What a sender that signs the URL has signed. `publicUrl` is how the endpoint is called from outside:
 * an origin, to which path and query of the request are added, or the whole URL, to which its query is.
 * Empty: what the request itself says, its proxies included where `proxyHops` of them are trusted.
 */
export function senderUrl(
  publicUrl: string,
  proxyHops: number,
  request: Pick<IncomingRequest, 'url' | 'root' | 'secure' | 'headers'>,
): SenderUrl {
  const target = (request.root ?? '') + request.url;
  if (publicUrl === '') return { url: seenOrigin(request, proxyHops) + target };
  const { origin, pathname, search } = new URL(publicUrl);
  if (pathname === '/' && search === '') return { url: origin + target };
  const query = request.url.indexOf('?');
  const own = publicUrl.split('?')[0] ?? publicUrl;
  return {
    url: query === -1 ? own : own + request.url.slice(query),
    callbackUrl: publicUrl,
  };
}

/** Whether a text can be `publicUrl`. */
export function isPublicUrl(text: string): boolean {
  if (text === '') return true;
  if (text.length > 2048 || /[\s#]/.test(text) || !URL.canParse(text)) return false;
  const { protocol, username, password } = new URL(text);
  return ['http:', 'https:'].includes(protocol) && username === '' && password === '';
}

function seenOrigin(
  { headers, secure }: Pick<IncomingRequest, 'headers' | 'secure'>,
  proxyHops: number,
): string {
  const forwarded = (name: string): string | undefined =>
    proxyHops === 0
      ? undefined
      : String(headers[name] ?? '')
          .split(',')[0]
          ?.trim();
  const scheme = forwarded('x-forwarded-proto') || (secure === true ? 'https' : 'http');
  return `${scheme}://${forwarded('x-forwarded-host') || String(headers.host ?? 'localhost')}`;
}

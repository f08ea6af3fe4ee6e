import type { Environment } from './environment';

/**
 * The proxy for a server, as `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY` say (in lower case, too, which
 * comes first); null: none. `NO_PROXY` lists hosts with their subdomains, with or without a port, or `*`.
 * Throws where the variable is no http(s) URL; the text does not show it, as it may hold a password.
 */
export function proxyFor(origin: URL, environment: Environment): URL | null {
  const read = (name: string): string =>
    (environment(name) ?? environment(name.toUpperCase()) ?? '').trim();
  const https = origin.protocol === 'https:' ? read('https_proxy') : '';
  const saved = https || (origin.protocol === 'https:' ? '' : read('http_proxy'));
  if (saved === '' || isExcepted(origin, read('no_proxy'))) return null;
  const proxy = URL.parse(saved.includes('://') ? saved : `http://${saved}`);
  if (proxy !== null && /^https?:$/.test(proxy.protocol)) return proxy;
  throw new Error('The proxy of the environment (HTTPS_PROXY or HTTP_PROXY) is no http(s) URL.');
}

function isExcepted(origin: URL, list: string): boolean {
  const host = origin.hostname.toLowerCase();
  const port = origin.port || (origin.protocol === 'https:' ? '443' : '80');
  return list.split(/[,\s]+/).some((entry) => {
    if (entry === '*') return true;
    const [, name = entry, itsPort] = /^(.+?)(?::(\d+))?$/.exec(entry.toLowerCase()) ?? [];
    const plain = name.replace(/^\*?\./, '');
    if (plain === '' || (itsPort !== undefined && itsPort !== port)) return false;
    return host === plain || host.endsWith(`.${plain}`);
  });
}

/**
 * Whether a host is certainly not of the public internet by its name. A proxy resolves names itself, so
 * behind one this is all that can be checked, beside addresses.
 */
export function isLocalName(host: string): boolean {
  const name = host.toLowerCase().replace(/\.$/, '');
  if (/(?:^|\.)(?:localhost|local|internal|home\.arpa|lan)$/.test(name)) return true;
  return !name.includes('.') && !name.includes(':');
}

import { RED } from './red';

/** Where an endpoint receives, as seen from this browser. */
export interface EndpointServer {
  readonly origin: string;
  /** Without a slash at the end. */
  readonly root: string;
}

/** Node-RED's own server, or the listener with that id. */
export function serverOf(listener: string): EndpointServer {
  const node = RED.nodes.node(listener) as { host?: string; port?: unknown; tls?: string } | null;
  if (node?.host === undefined) return { origin: window.location.origin, root: nodeRoot() };
  const { host, port, tls } = node;
  const name = ['0.0.0.0', '::'].includes(host) ? window.location.hostname : host;
  const inUrl = name.includes(':') && !name.startsWith('[') ? `[${name}]` : name;
  return { origin: `${tls ? 'https' : 'http'}://${inUrl}:${String(port)}`, root: '' };
}

function nodeRoot(): string {
  const root = (RED.settings.httpNodeRoot ?? '/').replace(/\/+$/, '');
  return root === '' || root.startsWith('/') ? root : `/${root}`;
}

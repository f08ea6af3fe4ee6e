import type { Server } from 'node:http';
import { Server as TlsServer } from 'node:tls';
import type { Application } from 'express';
import type { NodeAPI } from 'node-red';
import type { OwnAddress } from '../../../../src/ingest/test-request';

/** How Node-RED's own server is reached from this machine; null: at no port that is known. */
export function ownAddress(RED: NodeAPI): (OwnAddress & { name: string; port: number }) | null {
  const server = RED.server as Server | null | undefined;
  const bound = server?.address() ?? null;
  if (bound === null || typeof bound === 'string') return null;
  const { address, port } = bound;
  const isAny = address === '::' || address === '0.0.0.0';
  const name = isAny ? '127.0.0.1' : address;
  return {
    name,
    port,
    host: `${name.includes(':') ? `[${name}]` : name}:${port}`,
    secure: server instanceof TlsServer,
    root: mountRoot(RED.httpNode),
  };
}

/** The path at which Node-RED's HTTP nodes are mounted, without a slash at the end. */
export function mountRoot(httpNode: Application): string {
  return httpNode.path().replace(/\/+$/, '');
}

import type { Server } from 'node:http';
import { Server as TlsServer } from 'node:tls';
import type { Application } from 'express';
import type { NodeAPI } from 'node-red';
import type { OwnAddress } from '../../../../src/ingest/test-request';

/** How a server is reached from this machine. */
export interface OwnServer extends OwnAddress {
  /** Name or address, without a port. */
  readonly name: string;
  readonly port: number;
}

/** Node-RED's own; null: at no port that is known. */
export function ownAddress(RED: NodeAPI): OwnServer | null {
  return addressOf(RED.server, mountRoot(RED.httpNode));
}

/** `root`: where endpoints are mounted, without a slash at the end. */
export function addressOf(server: Server | null | undefined, root: string): OwnServer | null {
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
    root,
  };
}

/** The path at which Node-RED's HTTP nodes are mounted, without a slash at the end. */
export function mountRoot(httpNode: Application): string {
  return httpNode.path().replace(/\/+$/, '');
}

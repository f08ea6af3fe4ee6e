import type { Endpoint } from '../../src/ingest/endpoint';
import type { HandshakesSeen } from '../shared/runtime/webhooks-runtime';

/** What the admin API tells of an endpoint's handshakes; null: its sender has none. */
export function handshakesSeen({ handshakes }: Endpoint): HandshakesSeen | null {
  if (handshakes === null) return null;
  const { answered, refused, lastAtMs } = handshakes.counts;
  return { answered, refused, lastAt: lastAtMs === null ? null : new Date(lastAtMs).toISOString() };
}

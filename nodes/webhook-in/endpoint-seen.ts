import type { Endpoint } from '../../src/ingest/endpoint';
import type { EndpointSeen } from '../shared/runtime/webhooks-runtime';

/** What the admin API tells of an endpoint beside its configuration. */
export function endpointSeen({ handshakes, verification }: Endpoint): EndpointSeen {
  const { current, previous } = verification.matchedAtMs;
  return {
    handshakes:
      handshakes === null
        ? null
        : {
            answered: handshakes.counts.answered,
            refused: handshakes.counts.refused,
            lastAt: iso(handshakes.counts.lastAtMs),
          },
    secretMatchedAt: { current: iso(current), previous: iso(previous) },
  };
}

function iso(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString();
}

import type { SecretMatches } from '../../src/events/event-store';
import type { EndpointInfo } from '../shared/runtime/webhooks-runtime';

/** An endpoint with what came to it. Times are ISO 8601; null: never. */
export interface ListedEndpoint extends EndpointInfo {
  /** When each of the two secrets last verified a request, as the history knows it. */
  readonly secretMatchedAt: { readonly current: string | null; readonly previous: string | null };
}

/** `matches` of all histories: an endpoint that was switched to another one is in both. */
export function listEndpoints(
  endpoints: Iterable<EndpointInfo>,
  matches: readonly SecretMatches[],
): ListedEndpoint[] {
  return [...endpoints].map((info) => {
    const own = matches.filter(({ endpoint }) => endpoint === info.endpoint);
    return {
      ...info,
      secretMatchedAt: {
        current: latest(own.map(({ currentAtMs }) => currentAtMs)),
        previous: latest(own.map(({ previousAtMs }) => previousAtMs)),
      },
    };
  });
}

function latest(times: readonly (number | null)[]): string | null {
  const ms = Math.max(...times.map((time) => time ?? -Infinity));
  return ms === -Infinity ? null : new Date(ms).toISOString();
}

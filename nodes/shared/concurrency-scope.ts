/**
 * What a bound of what runs at once is for: each Node-RED by itself, or all that share the history together.
 * With a history in a file the two are the same.
 */
export const CONCURRENCY_SCOPES = ['instance', 'cluster'] as const;
export type ConcurrencyScope = (typeof CONCURRENCY_SCOPES)[number];

/**
 * What happens when a sync is asked for while it runs. `auto`: `coalesce` where an API is the source; where
 * the message is, which has data of its own, `parallel`, or `queue` if items are to be sent only once.
 */
export const OVERLAPS = ['auto', 'queue', 'coalesce', 'parallel'] as const;
export type Overlap = (typeof OVERLAPS)[number];

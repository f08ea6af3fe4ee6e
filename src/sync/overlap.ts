/**
 * What happens when a sync is asked for while it runs. `auto`: `parallel` where the message is the source,
 * since each has data of its own; else `coalesce`.
 */
export const OVERLAPS = ['auto', 'queue', 'coalesce', 'parallel'] as const;
export type Overlap = (typeof OVERLAPS)[number];

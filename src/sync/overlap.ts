/**
 * What happens when a sync is asked for while it runs. `auto`: `coalesce` where an API is the source, `queue`
 * where the message is. Only `parallel` lets runs overlap, and it is never chosen by itself.
 */
export const OVERLAPS = ['auto', 'queue', 'coalesce', 'parallel'] as const;
export type Overlap = (typeof OVERLAPS)[number];

/** A message that is the source has data of its own: sharing a run would lose it. */
export function overlapOf(overlap: Overlap, source: 'message' | 'api'): Exclude<Overlap, 'auto'> {
  if (overlap === 'auto') return source === 'api' ? 'coalesce' : 'queue';
  return overlap === 'coalesce' && source === 'message' ? 'queue' : overlap;
}

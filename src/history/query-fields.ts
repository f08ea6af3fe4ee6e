/** The fields of a query as users write them, in the admin API and in a node. No imports: editors use it. */
export const FILTER_FIELDS = [
  'endpoint',
  'status',
  'method',
  'provider',
  'eventType',
  'from',
  'to',
  'text',
  'replayOf',
  'repeats',
] as const;
export const PAGE_FIELDS = ['before', 'limit'] as const;
export const QUERY_FIELDS = [...FILTER_FIELDS, ...PAGE_FIELDS] as const;

export type QueryField = (typeof QUERY_FIELDS)[number];

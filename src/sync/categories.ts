/** What kind of failure a sync met: APILinker's names. */
export const CATEGORIES = [
  'NETWORK',
  'TIMEOUT',
  'RATE_LIMIT',
  'AUTH',
  'VALIDATION',
  'SERVER',
  'CLIENT',
  'MAPPING',
  'UNKNOWN',
] as const;

export type Category = (typeof CATEGORIES)[number];

/** The category of an answer that is not a success (APILinker's table; 3xx is UNKNOWN). */
export function categoryOfStatus(status: number): Category {
  if (status === 401 || status === 403) return 'AUTH';
  if (status === 400 || status === 422) return 'VALIDATION';
  if (status === 429) return 'RATE_LIMIT';
  if (status >= 500) return 'SERVER';
  return status >= 400 ? 'CLIENT' : 'UNKNOWN';
}

/** 408, 425, 429 and 5xx may pass by themselves; any other refusal stays (RFC 9110, section 15; RFC 8470). */
export function isTransientStatus(status: number): boolean {
  return status === 408 || status === 425 || status === 429 || status >= 500;
}

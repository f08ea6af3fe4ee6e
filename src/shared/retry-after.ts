/**
 * The wait that a Retry-After header asks for, in milliseconds: seconds or a date (RFC 9110, section
 * 10.2.3). Null where it is absent or unreadable, for what a flow may hold is anything; a date in the past is 0.
 */
export function parseRetryAfter(value: unknown, nowMs: number): number | null {
  if (typeof value !== 'string') return null;
  const text = value.trim();
  if (/^\d+(?:\.\d+)?$/.test(text)) return Number(text) * 1000;
  const date = /^[A-Za-z]{3}/.test(text) ? Date.parse(text) : NaN;
  return Number.isNaN(date) ? null : Math.max(0, date - nowMs);
}

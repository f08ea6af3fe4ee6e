const UNITS_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};
const MOST_ENTRIES = 100;
const LONGEST_MS = 7 * 86_400_000;

/**
 * The delays of a schedule in milliseconds: `5s 5m 30m 2h`, separated by spaces or commas; units are
 * ms, s, m, h and d. Undefined: not a schedule, empty, of more than 100 entries, or with one of more
 * than 7 days.
 */
export function parseSchedule(text: string): readonly number[] | undefined {
  const words = text.split(/[\s,]+/).filter((word) => word !== '');
  if (words.length === 0 || words.length > MOST_ENTRIES) return undefined;
  const delays = words.map(parseDelay);
  return delays.every((delay) => delay !== undefined) ? delays : undefined;
}

function parseDelay(word: string): number | undefined {
  const [, amount = '', unit = ''] = /^(\d{1,9}(?:\.\d{1,3})?)(ms|[smhd])$/i.exec(word) ?? [];
  const delayMs = Math.round(Number(amount) * (UNITS_MS[unit.toLowerCase()] ?? NaN));
  return amount !== '' && delayMs <= LONGEST_MS ? delayMs : undefined;
}

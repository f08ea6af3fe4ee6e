import { isTruthy, parseIntegerText, shapeOf } from './python-values';

const DATE = String.raw`(\d{4})(?:-(\d\d)-(\d\d)|(\d\d)(\d\d)|-W(\d\d)(?:-(\d))?|W(\d\d)(\d)?)`;
const TIME = String.raw`(\d\d)(?::(\d\d)(?::(\d\d)(?:[.,](\d+))?)?|(\d\d)(?:(\d\d)(?:[.,](\d+))?)?)?`;
const ZONE = String.raw` ?([+-])(\d\d)(?::?(\d\d)(?::?(\d\d)(?:\.\d+)?)?)?`;
const ISO = new RegExp(`^${DATE}(?:[^](?:${TIME})(?:${ZONE})?)?$`, 'u');

/**
 * Seconds since the epoch of an ISO 8601 text (the grammar of Python 3.11's `datetime.fromisoformat`:
 * basic and extended, week dates, any separator), without the fraction. Without an offset: UTC.
 */
export function isoToTimestamp(value: unknown): number | null {
  if (!isTruthy(value)) return null;
  if (typeof value !== 'string')
    throw new Error(`expected an ISO 8601 text, got ${shapeOf(value)}`);
  const seconds = isoSeconds(value);
  if (seconds === undefined)
    throw new Error('expected an ISO 8601 date and time, got another text');
  return Math.trunc(seconds) + 0;
}

function isoSeconds(text: string): number | undefined {
  const match = ISO.exec(text.replaceAll('Z', '+00:00'));
  if (match === null) return undefined;
  const days = daysOfDate(match);
  const time = secondsOfTime(match);
  const offset = secondsOfOffset(match);
  if (days === undefined || time === undefined || offset === undefined) return undefined;
  return days * 86_400 + time - offset;
}

function daysOfDate(match: RegExpExecArray): number | undefined {
  const year = Number(match[1]);
  if (year === 0) return undefined;
  const week = match[6] ?? match[8];
  if (week !== undefined) return daysOfWeek(year, Number(week), Number(match[7] ?? match[9] ?? 1));
  const month = Number(match[2] ?? match[4]);
  const day = Number(match[3] ?? match[5]);
  const date = utcDay(year, month, day);
  const exists = date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
  return exists ? date.getTime() / 86_400_000 : undefined;
}

/** ISO week 1 is the week with January 4th; a year has 53 weeks if it starts or ends on a Thursday. */
function daysOfWeek(year: number, week: number, day: number): number | undefined {
  const thursday = 4;
  const long =
    utcDay(year, 1, 1).getUTCDay() === thursday || utcDay(year, 12, 31).getUTCDay() === thursday;
  if (week < 1 || week > (long ? 53 : 52) || day < 1 || day > 7) return undefined;
  const fourth = utcDay(year, 1, 4);
  const monday = fourth.getTime() / 86_400_000 - ((fourth.getUTCDay() + 6) % 7);
  return monday + (week - 1) * 7 + day - 1;
}

/** `Date.UTC` would read the years 0-99 as 1900-1999. */
function utcDay(year: number, month: number, day: number): Date {
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  return date;
}

function secondsOfTime(match: RegExpExecArray): number | undefined {
  const hours = Number(match[10] ?? 0);
  const minutes = Number(match[11] ?? match[14] ?? 0);
  const seconds = Number(match[12] ?? match[15] ?? 0);
  if (hours > 23 || minutes > 59 || seconds > 59) return undefined;
  const microseconds = (match[13] ?? match[16] ?? '').slice(0, 6).padEnd(6, '0');
  return hours * 3600 + minutes * 60 + seconds + Number(microseconds) / 1e6;
}

function secondsOfOffset(match: RegExpExecArray): number | undefined {
  const [hours, minutes, seconds] = [match[18], match[19], match[20]].map((part) =>
    Number(part ?? 0),
  );
  const size = (hours ?? 0) * 3600 + (minutes ?? 0) * 60 + (seconds ?? 0);
  if (size >= 86_400) return undefined;
  return match[17] === '-' ? -size : size;
}

/** Python's `datetime.fromtimestamp` refuses the first day of year 1 and all from year 10000 on. */
const FIRST_TIMESTAMP = -62_135_596_800 + 86_400;
const LAST_TIMESTAMP = 253_402_300_799;

/** `2023-01-01T12:00:00` in UTC, without offset, of whole seconds since the epoch (number or digits). */
export function timestampToIso(value: unknown): string | null {
  if (value !== 0 && !isTruthy(value)) return null;
  const seconds = wholeSeconds(value);
  if (seconds === undefined) throw new Error(`expected seconds since 1970, got ${shapeOf(value)}`);
  if (!(seconds >= FIRST_TIMESTAMP && seconds <= LAST_TIMESTAMP)) {
    throw new Error('expected seconds since 1970 within the years 1 to 9999');
  }
  return new Date(seconds * 1000).toISOString().slice(0, 19);
}

function wholeSeconds(value: unknown): number | undefined {
  if (typeof value === 'number' || typeof value === 'boolean') return Math.trunc(Number(value));
  return typeof value === 'string' ? parseIntegerText(value) : undefined;
}

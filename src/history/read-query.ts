import type { EventFilter, EventQuery } from '../events/event-query';
import { EVENT_STATUSES } from '../events/states';
import type { EventStatus } from '../events/states';
import { WebhookError } from '../shared/errors';
import { FILTER_FIELDS, QUERY_FIELDS } from './query-fields';
import type { QueryField } from './query-fields';

export const DEFAULT_LIMIT = 50;
export const MAX_LIMIT = 500;
/** More of one event are never asked for. */
const MOST_REPEATS = 1_000_000;
const LONGEST_TEXT = 200;
const LATEST_MS = 8.64e15;
const UNITS_MS: Readonly<Record<string, number>> = {
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

type Raw = Readonly<Record<string, unknown>>;

/**
 * Reads a query as it stands in a URL, a JSON body or a message. Empty values count as absent.
 * Throws `bad-config` for a field that is none, or whose value is not understood.
 *
 * @param nowMs what `from` and `to` count back from where they are durations
 */
export function readQuery(raw: Raw, nowMs: number): EventQuery {
  refuseOthers(raw, QUERY_FIELDS);
  const before = textOf(raw, 'before');
  return {
    ...filterOf(raw, nowMs),
    ...(before === undefined ? {} : { before }),
    limit: limitOf(raw['limit']),
  };
}

/**
 * Reads which events are to be removed or replayed; as `readQuery`. At least one condition must be
 * named: a value that is missing by mistake must not mean all events.
 */
export function readFilter(raw: Raw, nowMs: number): EventFilter {
  refuseOthers(raw, FILTER_FIELDS);
  const filter = filterOf(raw, nowMs);
  if (Object.keys(filter).length > 0) return filter;
  throw new WebhookError(
    'bad-config',
    `Say which events are meant, by at least one of ${FILTER_FIELDS.join(', ')}; ` +
      '`status` may be a list such as `success,failed,ignored`.',
  );
}

function filterOf(raw: Raw, nowMs: number): EventFilter {
  const fields = {
    endpoint: textOf(raw, 'endpoint'),
    status: statusesOf(raw['status']),
    method: textOf(raw, 'method')?.toUpperCase(),
    provider: textOf(raw, 'provider'),
    eventType: textOf(raw, 'eventType'),
    fromMs: timeOf(raw, 'from', nowMs),
    toMs: timeOf(raw, 'to', nowMs),
    replayOf: textOf(raw, 'replayOf'),
    repeats: repeatsOf(raw['repeats']),
    text: textOf(raw, 'text'),
  };
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

function refuseOthers(raw: Raw, known: readonly QueryField[]): void {
  const other = Object.keys(raw).find((name) => !known.some((field) => field === name));
  if (other === undefined) return;
  const name = other.slice(0, 40);
  throw new WebhookError('bad-config', `\`${name}\` is not one of ${known.join(', ')}.`);
}

function isAbsent(value: unknown): boolean {
  return value === undefined || value === null || value === '';
}

function textOf(raw: Raw, field: QueryField): string | undefined {
  const value = raw[field];
  if (isAbsent(value)) return undefined;
  if (typeof value === 'string' && value.length <= LONGEST_TEXT) return value;
  throw new WebhookError(
    'bad-config',
    `\`${field}\` must be a text of at most ${LONGEST_TEXT} characters.`,
  );
}

function statusesOf(value: unknown): readonly EventStatus[] | undefined {
  if (isAbsent(value)) return undefined;
  const words = typeof value === 'string' ? value.split(/[\s,]+/).filter(Boolean) : value;
  const statuses = Array.isArray(words)
    ? words.map((word) => EVENT_STATUSES.find((status) => status === word))
    : [];
  const known = statuses.filter((status) => status !== undefined);
  if (known.length > 0 && known.length === statuses.length) return known;
  throw new WebhookError(
    'bad-config',
    `\`status\` must be one of ${EVENT_STATUSES.join(', ')}, or several of them.`,
  );
}

/** ISO 8601, epoch milliseconds, a Date, or a duration such as `24h`: that long ago. */
function timeOf(raw: Raw, field: 'from' | 'to', nowMs: number): number | undefined {
  const value = raw[field];
  if (isAbsent(value)) return undefined;
  const ms = epochMs(value, nowMs);
  if (Number.isFinite(ms) && Math.abs(ms) <= LATEST_MS) return ms;
  throw new WebhookError(
    'bad-config',
    `\`${field}\` must be a time such as 2026-01-31T12:00:00Z, epoch milliseconds, ` +
      'or a duration such as 30m, 24h or 7d: that long ago.',
  );
}

function epochMs(value: unknown, nowMs: number): number {
  if (value instanceof Date) return value.getTime();
  if (typeof value === 'number') return value;
  if (typeof value !== 'string' || value.length > LONGEST_TEXT) return NaN;
  if (/^\d{9,16}$/.test(value)) return Number(value);
  const [, amount, unit = ''] = /^(\d{1,6})([smhd])$/.exec(value) ?? [];
  if (amount !== undefined) return nowMs - Number(amount) * (UNITS_MS[unit] ?? NaN);
  return /^\d{4}-\d\d(-\d\d)?/.test(value) ? Date.parse(value) : NaN;
}

function repeatsOf(repeats: unknown): number | undefined {
  if (isAbsent(repeats)) return undefined;
  return wholeNumber('repeats', repeats, MOST_REPEATS);
}

/** Throws `bad-config` for anything but a whole number from 1 to 500; absent: 50. */
export function limitOf(limit: unknown): number {
  return isAbsent(limit) ? DEFAULT_LIMIT : wholeNumber('limit', limit, MAX_LIMIT);
}

function wholeNumber(field: QueryField, raw: unknown, most: number): number {
  const isNumeral = typeof raw === 'string' && /^\d{1,7}$/.test(raw);
  const value = isNumeral ? Number(raw) : raw;
  if (typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= most) {
    return value;
  }
  throw new WebhookError('bad-config', `\`${field}\` must be a whole number from 1 to ${most}.`);
}

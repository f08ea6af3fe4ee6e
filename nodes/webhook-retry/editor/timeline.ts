import { parseSchedule } from '../../../src/retry/schedule';
import type { RetryPolicy } from '../../../src/retry/options';
import { retryTimeline, type Timeline } from '../../../src/retry/timeline';

type Words = (key: string, values?: Record<string, unknown>) => string;

/** More dots than these can't be told apart; the first ones and the last one are drawn. */
const MOST_DOTS = 14;
const LABELS = 6;
/** The least distance of two labels, in percent of the line. */
const APART = 12;
const PLACES = 1000;

/**
 * Draws when a message that always fails is tried. The line is logarithmic: delays grow from seconds
 * to days.
 */
export function drawTimeline(
  box: JQuery,
  policy: RetryPolicy,
  timeoutMs: number,
  words: Words,
): void {
  box.empty();
  const problem = problemOf(policy, timeoutMs);
  if (problem !== null) {
    $('<div class="webhook-retry-problem">').text(words(problem)).appendTo(box);
    return;
  }
  const timeline = retryTimeline(policy, timeoutMs);
  if (timeline.attempts.length > 1) box.append(line(timeline));
  $('<div class="webhook-retry-words">').text(inWords(timeline, words)).appendTo(box);
}

function problemOf(policy: RetryPolicy, timeoutMs: number): string | null {
  const { strategy, schedule, maxAgeHours, ...numbers } = policy;
  if (strategy === 'schedule' && parseSchedule(schedule) === undefined) return 'badSchedule';
  const { maxRetries, delaySeconds, multiplier, maxDelaySeconds, jitterPercent } = numbers;
  const all = [maxRetries, delaySeconds, multiplier, maxDelaySeconds, jitterPercent, timeoutMs];
  const isSound = [...all, maxAgeHours ?? 0].every((one) => Number.isFinite(one) && one >= 0);
  return isSound && maxRetries <= PLACES ? null : 'badNumber';
}

function inWords({ attempts, worstMs, ends }: Timeline, words: Words): string {
  if (attempts.length === 1) return words('never');
  const count = attempts.length - 1;
  const last = inTime(attempts.at(-1)?.atMs ?? 0);
  const sentence = words(ends === 'expired' ? 'expires' : 'retries', { count, last });
  return `${sentence} ${words('worst', { worst: inTime(worstMs) })}`;
}

function line({ attempts }: Timeline): JQuery {
  const drawn =
    attempts.length <= MOST_DOTS
      ? attempts
      : [...attempts.slice(0, MOST_DOTS - 1), ...attempts.slice(-1)];
  const lastMs = attempts.at(-1)?.atMs ?? 0;
  const firstMs = Math.max(1, attempts[1]?.atMs ?? 1);
  const at = (ms: number): number =>
    lastMs === 0 ? 0 : (Math.log1p(ms / firstMs) / Math.log1p(lastMs / firstMs)) * 100;
  const element = $('<div class="webhook-retry-line" aria-hidden="true">');
  let labels = 0;
  let labelled = -APART;
  for (const [index, { number, atMs }] of drawn.entries()) {
    const percent = at(atMs);
    const isLast = index === drawn.length - 1;
    const dot = $('<span class="webhook-retry-dot">').css('left', `${percent}%`);
    dot.attr('title', `${number}: ${inTime(atMs)}`).appendTo(element);
    const hasRoom = percent - labelled >= APART && (isLast || 100 - percent >= APART);
    if (!isLast && (!hasRoom || labels >= LABELS)) continue;
    $('<span class="webhook-retry-time">')
      .css('left', `${percent}%`)
      .text(briefly(atMs))
      .appendTo(element);
    labels += 1;
    labelled = percent;
  }
  return element;
}

/** In one unit, for where there is little room: "35 min", "1.6 h", "2.9 d". */
function briefly(ms: number): string {
  const seconds = ms / 1000;
  const [size, unit] =
    seconds < 60
      ? ([1, 's'] as const)
      : seconds < 3600
        ? ([60, 'min'] as const)
        : seconds < 86_400
          ? ([3600, 'h'] as const)
          : ([86_400, 'd'] as const);
  const count = seconds / size;
  return `${Number(count.toFixed(count < 10 ? 1 : 0))} ${unit}`;
}

/** "0 s", "1.5 s", "5 min", "1 h 30 min", "2 d 22 h". */
export function inTime(ms: number): string {
  const seconds = ms / 1000;
  if (seconds < 60) return `${Number(seconds.toFixed(seconds < 10 ? 1 : 0))} s`;
  const [size, unit, smaller, part] =
    seconds < 3600
      ? [60, 'min', 1, 's']
      : seconds < 86_400
        ? [3600, 'h', 60, 'min']
        : [86_400, 'd', 3600, 'h'];
  const whole = Math.floor(seconds / size);
  const rest = Math.floor((seconds - whole * size) / smaller);
  return rest === 0 ? `${whole} ${unit}` : `${whole} ${unit} ${rest} ${part}`;
}

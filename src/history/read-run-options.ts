import { WebhookError } from '../shared/errors';
import type { ReplayRunOptions } from './replay-run';

const DEFAULT_PER_SECOND = 10;
const FASTEST_PER_SECOND = 1000;

/** Reads `{perSecond, stopOnError}`: 10 a second and true where they are absent. Throws `bad-config`. */
export function readRunOptions(raw: Readonly<Record<string, unknown>>): ReplayRunOptions {
  const { perSecond = DEFAULT_PER_SECOND, stopOnError = true } = raw;
  if (typeof stopOnError !== 'boolean') {
    throw new WebhookError('bad-config', '`stopOnError` must be true or false.');
  }
  if (typeof perSecond === 'number' && perSecond > 0 && perSecond <= FASTEST_PER_SECOND) {
    return { perSecond, stopOnError };
  }
  throw new WebhookError(
    'bad-config',
    `\`perSecond\` must be a number above 0, at most ${FASTEST_PER_SECOND}.`,
  );
}

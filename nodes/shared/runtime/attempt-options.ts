import type { AttemptOptions } from '../../../src/delivery/attempt';
import type { AttemptConfig } from '../attempt-fields';

/** What the tracker has to know of a node's configuration. */
export function attemptOptions({
  timeoutSeconds,
  quietMs,
  failOnHttpStatus,
  acceptStatus,
  outcome,
}: AttemptConfig & { readonly timeoutSeconds: number }): AttemptOptions {
  const timeoutMs = timeoutSeconds * 1000;
  return { timeoutMs, quietMs, failOnHttpStatus, acceptStatus, outcome };
}

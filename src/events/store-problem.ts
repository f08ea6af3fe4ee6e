import { WebhookError } from '../shared/errors';

/**
 * What keeps a history from storing, as far as it is known. The words for each stand in the locale file of
 * webhook-history; `other` is what only the log has words for.
 */
export const STORE_PROBLEMS = [
  ...(['unreachable', 'unknownHost', 'noAnswer', 'connectionLost', 'serverStopping'] as const),
  ...(['untrusted', 'expiredCertificate', 'wrongHost', 'noTls', 'badConnection'] as const),
  ...(['loginRefused', 'noDatabase', 'noPrivilege', 'tooManyConnections'] as const),
  ...(['serverReadOnly', 'serverDiskFull', 'serverMemory', 'tooSlow', 'noTable'] as const),
  ...(['newerSchema', 'foreignSchema', 'migrating'] as const),
  ...(['locked', 'oldNode', 'diskFull', 'sizeReached', 'diskError', 'noMemory'] as const),
  ...(['fileReadOnly', 'noAccess', 'cannotOpen', 'restarting', 'damaged', 'other'] as const),
] as const;

export type StoreProblemKind = (typeof STORE_PROBLEMS)[number];

export interface StoreProblem {
  readonly kind: StoreProblemKind;
  /** For the log: more than `kind` says, and never anything secret. */
  readonly text: string;
}

/** A `store-unavailable` of a known kind. */
export class StoreUnavailable extends WebhookError {
  readonly problem: StoreProblemKind;

  constructor(problem: StoreProblemKind, message: string, options?: ErrorOptions) {
    super('store-unavailable', message, options);
    this.problem = problem;
  }
}

export function problemKind(thrown: unknown): StoreProblemKind {
  return thrown instanceof StoreUnavailable ? thrown.problem : 'other';
}

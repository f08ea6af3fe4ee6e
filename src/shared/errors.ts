/** Codes are the contract; texts may change. */
export type ErrorCode =
  | 'bad-config'
  | 'store-busy'
  | 'store-unavailable'
  | 'store-corrupt'
  | 'message-not-storable'
  | 'endpoint-gone'
  | 'conflict'
  | 'not-testable'
  | 'not-found';

/** An error that a user or an operator has to understand: what happened and what to do about it. */
export class WebhookError extends Error {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'WebhookError';
    this.code = code;
  }
}

/** The text of anything that was thrown. */
export function errorText(thrown: unknown): string {
  if (thrown instanceof Error) return thrown.message;
  if (typeof thrown === 'string') return thrown;
  if (typeof thrown === 'object' && thrown !== null && 'message' in thrown) {
    return String(thrown.message);
  }
  return String(thrown);
}

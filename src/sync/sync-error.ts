import { isTransientStatus, type Category } from './categories';
import type { SyncSummary } from './sync-summary';

export interface SyncFailure {
  readonly category: Category;
  /** HTTP status, or null where no answer came. */
  readonly statusCode?: number | null;
  /** Trying again cannot help. By default derived from status and category. */
  readonly permanent?: boolean;
  /** How long the other side asked to wait, in milliseconds. */
  readonly retryAfterMs?: number | null;
  /** What had been done before a sync ended with this error. */
  readonly summary?: SyncSummary | null;
}

/**
 * Why a sync failed. A retry node upstream reads `permanent` and `retryAfterMs` from the error that
 * `done(err)` gets. Never put a credential, a query string or a whole body into the message.
 */
export class SyncError extends Error {
  readonly category: Category;
  readonly statusCode: number | null;
  readonly permanent: boolean;
  readonly retryAfterMs: number | null;
  /** Of a sync that ended with this error: what had been done before. */
  readonly summary: SyncSummary | null;

  constructor(message: string, failure: SyncFailure) {
    super(message);
    this.name = 'SyncError';
    this.category = failure.category;
    this.statusCode = failure.statusCode ?? null;
    this.permanent = failure.permanent ?? isPermanent(failure.category, this.statusCode);
    this.retryAfterMs = failure.retryAfterMs ?? null;
    this.summary = failure.summary ?? null;
  }
}

function isPermanent(category: Category, statusCode: number | null): boolean {
  if (statusCode !== null) return !isTransientStatus(statusCode);
  return category === 'MAPPING' || category === 'VALIDATION' || category === 'AUTH';
}

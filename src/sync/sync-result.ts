import type { Category } from './categories';
import type { Page } from './pages';
import type { FailedItem, SendOutcome } from './send-data';
import { SyncError } from './sync-error';
import type { SyncSummary } from './sync-summary';

/** What went wrong with an item. */
export interface ItemError {
  readonly index: number;
  readonly message: string;
  readonly category: Category;
  readonly statusCode: number | null;
  readonly permanent: boolean;
  readonly retryAfterMs: number | null;
}

/** How a sync went. Its size does not grow with the number of items. */
export interface SyncResult {
  /** Everything was delivered. */
  readonly success: boolean;
  /** Items delivered. */
  readonly count: number;
  /** Of the first items that failed. */
  readonly errors: readonly ItemError[];
  readonly details: SyncDetails;
  /** What the target answered: of a list a list (its beginning), of a single item its answer (null if it failed). */
  readonly targetResponse: unknown;
  readonly correlationId: string;
  readonly durationMs: number;
  /** The error to report, if it was no success. */
  readonly failure: SyncError | null;
}

export interface SyncDetails {
  readonly sourceCount: number;
  readonly failedCount: number;
  /** Delivered by an earlier sync, or twice in this one. */
  readonly skippedCount: number;
  readonly pages: number;
  /** There were more pages than may be fetched. */
  readonly truncated: boolean;
  /** Of a dry run: the first items as they would be sent. */
  readonly preview?: readonly unknown[];
}

const KEPT_ERRORS = 100;
const KEPT_RESPONSES = 1000;
const KEPT_PREVIEWS = 10;

/** Counts what happens in a sync. */
export class SyncTally {
  readonly #correlationId: string;
  readonly #startedAtMs: number;
  readonly #errors: ItemError[] = [];
  readonly #responses: unknown[] = [];
  #preview: unknown[] | null = null;
  #list = false;
  #pages = 0;
  #sourceCount = 0;
  #sentCount = 0;
  #skippedCount = 0;
  #failedCount = 0;
  #truncated = false;
  /** The one to report: the first that may pass, or else the first. */
  #worst: SyncError | null = null;
  #allPermanent = true;
  #retryAfterMs: number | null = null;

  constructor(correlationId: string, startedAtMs: number) {
    this.#correlationId = correlationId;
    this.#startedAtMs = startedAtMs;
  }

  get sourceCount(): number {
    return this.#sourceCount;
  }

  get success(): boolean {
    return this.#failedCount === 0;
  }

  get truncated(): boolean {
    return this.#truncated;
  }

  addPage({ data, truncated }: Page): void {
    this.#pages += 1;
    this.#sourceCount += Array.isArray(data) ? data.length : 1;
    this.#truncated ||= truncated;
  }

  add({ sentCount, skippedCount, results, failed }: SendOutcome, list: boolean): void {
    this.#list ||= list;
    this.#sentCount += sentCount;
    this.#skippedCount += skippedCount;
    this.#responses.push(...results.slice(0, KEPT_RESPONSES - this.#responses.length));
    for (const one of failed) this.#fail(one);
  }

  preview(mapped: unknown): void {
    this.#preview ??= [];
    const items = Array.isArray(mapped) ? (mapped as unknown[]) : [mapped];
    this.#preview.push(...items.slice(0, KEPT_PREVIEWS - this.#preview.length));
  }

  /** An error that ends the sync, with what had been done before. */
  ended(thrown: unknown, nowMs: number): unknown {
    if (!(thrown instanceof SyncError)) return thrown;
    const { message, category, statusCode, permanent, retryAfterMs } = thrown;
    const before = this.#sentCount === 0 ? '' : ` (Items delivered before: ${this.#sentCount}.)`;
    return new SyncError(message + before, {
      ...{ category, statusCode, permanent, retryAfterMs },
      summary: { ...summaryOf(this.result(nowMs)), success: false },
    });
  }

  result(nowMs: number): SyncResult {
    return {
      success: this.success,
      count: this.#sentCount,
      errors: this.#errors,
      details: {
        sourceCount: this.#sourceCount,
        failedCount: this.#failedCount,
        skippedCount: this.#skippedCount,
        pages: this.#pages,
        truncated: this.#truncated,
        ...(this.#preview === null ? {} : { preview: this.#preview }),
      },
      targetResponse: this.#list ? this.#responses : (this.#responses[0] ?? null),
      correlationId: this.#correlationId,
      durationMs: nowMs - this.#startedAtMs,
      failure: this.#failure(),
    };
  }

  #fail({ index, error }: FailedItem): void {
    this.#failedCount += 1;
    if (this.#errors.length < KEPT_ERRORS) this.#errors.push(itemError(index, error));
    if (this.#worst === null || (this.#worst.permanent && !error.permanent)) this.#worst = error;
    this.#allPermanent &&= error.permanent;
    if (error.retryAfterMs !== null) {
      this.#retryAfterMs = Math.max(this.#retryAfterMs ?? 0, error.retryAfterMs);
    }
  }

  /** Permanent if no failed item can succeed later; asks for the longest wait that the target asked for. */
  #failure(): SyncError | null {
    const worst = this.#worst;
    if (worst === null) return null;
    const text =
      this.#sourceCount === 1
        ? worst.message
        : `${this.#failedCount} of ${this.#sourceCount} items failed. ${worst.message}`;
    return new SyncError(text, {
      category: worst.category,
      statusCode: worst.statusCode,
      permanent: this.#allPermanent,
      retryAfterMs: this.#retryAfterMs,
    });
  }
}

/** The result without its data. */
export function summaryOf(result: SyncResult): SyncSummary {
  const { success, count, details, durationMs, correlationId } = result;
  const { sourceCount, failedCount, skippedCount, pages, truncated } = details;
  return {
    ...{ success, count, sourceCount, failedCount, skippedCount },
    ...{ pages, truncated, durationMs, correlationId },
  };
}

export function itemError(index: number, error: SyncError): ItemError {
  const { message, category, statusCode, permanent, retryAfterMs } = error;
  return { index, message, category, statusCode, permanent, retryAfterMs };
}

/** How a sync went, without its data: `msg.sync`. */
export interface SyncSummary {
  readonly success: boolean;
  /** Items delivered. */
  readonly count: number;
  /** Items of all pages that were fetched. */
  readonly sourceCount: number;
  readonly failedCount: number;
  /** Delivered by an earlier sync, or twice in this one. */
  readonly skippedCount: number;
  readonly pages: number;
  /** There were more pages than may be fetched. */
  readonly truncated: boolean;
  readonly durationMs: number;
  readonly correlationId: string;
}

/** What changed in a store, by ids only: whoever may see more asks for it. */
export interface StoreChanges {
  /** Events that are new or changed. */
  readonly events: readonly string[];
  /** There were more of them than are named. */
  readonly more: boolean;
  readonly jobs: boolean;
  readonly rejections: boolean;
}

export interface ServedRoute {
  readonly endpoint: string;
  readonly method: string;
}

/** What processes that share a store settle between them. Rejects with `store-unavailable`. */
export interface Peers {
  /** The sender of an event does not wait here any more: others may take it. */
  letGo(eventId: string): Promise<void>;

  /** The routes whose events this process takes, from now on; see `PendingRoute.elsewhere`. */
  serve(routes: readonly ServedRoute[]): Promise<void>;

  /** Tells the others what has changed. Nothing depends on that it arrives. */
  announce(changes: StoreChanges): Promise<void>;

  /**
   * Waits until no process has the turn of that name, and takes it. It is free again when it is ended, or
   * when its process dies. Rejects with the reason of the signal where that ends the waiting.
   */
  takeTurn(name: string, signal: AbortSignal): Promise<Turn>;
}

export interface Turn {
  /** Aborted when this process was taken for dead: another one may have the turn by now. */
  readonly lost: AbortSignal;
  end(): Promise<void>;
}

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

/** An endpoint at a place, that is, paths of one shape at one listener. */
export interface PathClaim {
  readonly place: string;
  /** The id of its node. */
  readonly owner: string;
}

export interface MissedRoute extends ServedRoute {
  /** Since it was missed first. */
  readonly forMs: number;
  /** Nobody had missed it before. */
  readonly isNew: boolean;
}

/** What is known of work that one process does and others may want to see, and to stop. */
export interface SharedRun {
  readonly id: string;
  /** As it was told last. */
  readonly told: string;
  readonly toldAtMs: number;
  /** That was a moment ago. */
  readonly isAlive: boolean;
}

export interface SharedRuns {
  /** Begins one of this process; false: another one goes on somewhere. */
  begin(id: string, told: string): Promise<boolean>;
  /** What is known of one of this process now. Resolves to whether somebody wants it to stop. */
  tell(id: string, told: string, isOver: boolean): Promise<boolean>;
  /** The last 20 of all processes, the newest first. */
  list(): Promise<readonly SharedRun[]>;
  /** False: there is no such run that goes on. */
  stop(id: string): Promise<boolean>;
}

/** What processes that share a store settle between them. Rejects with `store-unavailable`. */
export interface Peers {
  /** The sender of an event does not wait here any more: others may take it. */
  letGo(eventId: string): Promise<void>;

  /** The routes whose events this process takes, from now on; see `PendingRoute.elsewhere`. */
  serve(routes: readonly ServedRoute[]): Promise<void>;

  /**
   * All endpoints of this process, in the order in which they came to it, from now on. Resolves to those at the
   * same places in the order in which they came to any process that has them still.
   */
  claimPaths(claims: readonly PathClaim[]): Promise<readonly PathClaim[]>;

  /** All routes with waiting events that no process takes: each with the time since when that is so. */
  missed(routes: readonly ServedRoute[]): Promise<readonly MissedRoute[]>;

  readonly runs: SharedRuns;

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

import type { Clock, Timer } from '../../shared/clock';
import type { Logger } from '../../shared/logger';
import type { RetentionLimits } from '../event-store';
import type { Membership } from './membership';
import { problemOf } from './problem';
import { evict } from './retention';
import type { Evicted } from './retention';
import type { ServerClock } from './server-clock';
import type { Session } from './session';
import { Transaction } from './transaction';
import type { Followed } from './transaction';

export interface KeeperHooks {
  /** A heartbeat was answered, and found this instance living. */
  onHeard(): void;
  /** A lease of another instance has ended. */
  onDead(): Promise<void>;
  /** This instance was declared dead. */
  onFenced(): Promise<void>;
  /** Another instance changed the schema to one that is not known here. */
  onOutdated(): void;
  /** What was noted since the last heartbeat is to be written. */
  flush(tx: Transaction): Promise<() => void>;
  readonly isBehind: () => boolean;
  /** There may be something to do. */
  onWork(): void;
  /** Another instance listens now, which was told nothing so far. */
  onMet(): void;
  /** True: what another instance said is no word of work. */
  onSaid(payload: string): boolean;
  /** Something was removed because of the bounds. */
  onEvicted(evicted: Evicted): void;
}

/** What others say in a burst is one thing. */
const SETTLE_MS = 20;
/** Nobody may have said so, and still there may be something to do. */
const LOOK_MS = 30_000;
/** By age something may have to go although nothing happens. */
const AGE_MS = 60_000;
const LOGGED_EVERY_MS = 60_000;
const NOTHING_FOLLOWED: Followed = { endpoints: new Set(), nodes: new Set() };

/** Says of itself that it is leaving: what it has in hand may be taken at once. */
export const LEAVING = 'leaving';
const JOINED = 'joined ';

/** Says of itself that it listens now: what it was not told before may wait for it. */
export function joined(id: number): string {
  return `${JOINED}${id}`;
}

/**
 * What an instance does beside its calls, on a connection of its own, so that no write has to wait for it and
 * its lease ends with nothing else: heartbeats, listening, and retention where no other instance is at it.
 */
export class Keeper {
  readonly #membership: Membership;
  readonly #clock: Clock;
  readonly #serverClock: ServerClock;
  readonly #logger: Logger;
  readonly #hooks: KeeperHooks;
  limits: RetentionLimits;
  #session: Session | null = null;
  #timer: Timer | null = null;
  #settling: Timer | null = null;
  #lookedAt = 0;
  #evictedAt = 0;
  #isDirty = true;
  #failedEvicted = 0;
  #loggedAt = 0;

  constructor(
    membership: Membership,
    clock: Clock,
    serverClock: ServerClock,
    limits: RetentionLimits,
    logger: Logger,
    hooks: KeeperHooks,
  ) {
    this.#membership = membership;
    this.#clock = clock;
    this.#serverClock = serverClock;
    this.#logger = logger;
    this.#hooks = hooks;
    this.limits = limits;
  }

  async start(session: Session, channel: string): Promise<void> {
    session.onNotification((from) => this.#told(from));
    await session.script(`LISTEN ${channel}`);
    this.#session = session;
    this.#lookedAt = this.#clock.now();
    this.#next(this.#membership.beatMs);
  }

  stop(): void {
    this.#session = null;
    this.#timer?.cancel();
    this.#settling?.cancel();
    this.#settling = null;
  }

  /** Something was written: retention may have to do something. */
  written(): void {
    this.#isDirty = true;
  }

  #told(from: string): void {
    const { id } = this.#membership;
    if (from === String(id) || from === joined(id) || this.#hooks.onSaid(from)) return;
    this.#membership.hasMet();
    if (from.startsWith(JOINED)) this.#hooks.onMet();
    if (from === LEAVING) this.#next(0);
    this.#settling ??= this.#clock.after(SETTLE_MS, () => {
      this.#settling = null;
      this.#hooks.onWork();
    });
  }

  #next(afterMs: number): void {
    this.#timer?.cancel();
    this.#timer = this.#clock.after(afterMs, () => void this.#turn());
  }

  async #turn(): Promise<void> {
    const session = this.#session;
    if (session === null) return;
    try {
      const beat = await this.#membership.beat(session);
      if (beat === 'fenced') await this.#hooks.onFenced();
      else this.#hooks.onHeard();
      if (beat === 'outdated') {
        this.#hooks.onOutdated();
        return;
      }
      if (beat === 'dead') await this.#hooks.onDead();
      const nowMs = this.#clock.now();
      if (nowMs - this.#lookedAt >= LOOK_MS) {
        this.#lookedAt = nowMs;
        this.#hooks.onWork();
      }
      if (this.#hooks.isBehind()) await this.#flush(session);
      await this.#houseKeep(session, nowMs);
    } catch (error) {
      // Where the connection is lost, that is seen elsewhere.
      this.#logger.debug(`The heartbeat of the history failed: ${problemOf(error).text}.`);
    }
    if (this.#session === session) this.#next(this.#membership.beatMs);
  }

  async #houseKeep(session: Session, nowMs: number): Promise<void> {
    if (!this.#isDirty && nowMs - this.#evictedAt < AGE_MS) return;
    this.#isDirty = false;
    this.#evictedAt = nowMs;
    // Another beat comes first where this takes long.
    const until = nowMs + this.#membership.beatMs / 2;
    let more = true;
    while (more && this.#session === session && this.#clock.now() <= until) {
      more = await this.#evict(session);
    }
    if (more) this.#isDirty = true;
    this.#report(nowMs);
  }

  async #evict(session: Session): Promise<boolean> {
    const evicted = await this.#transaction(session, (tx) => evict(tx, this.limits));
    this.#failedEvicted += evicted.failed;
    this.#hooks.onEvicted(evicted);
    return evicted.more;
  }

  async #flush(session: Session): Promise<void> {
    let undo = (): void => undefined;
    try {
      await this.#transaction(session, async (tx) => {
        undo = await this.#hooks.flush(tx);
      });
    } catch (error) {
      undo();
      throw error;
    }
  }

  async #transaction<T>(session: Session, work: (tx: Transaction) => Promise<T>): Promise<T> {
    const { id } = this.#membership;
    await session.script('BEGIN');
    const tx = new Transaction(session, id, this.#serverClock.now(), NOTHING_FOLLOWED);
    try {
      const result = await work(tx);
      await tx.commit();
      return result;
    } catch (error) {
      throw await tx.takeBack(error);
    }
  }

  #report(nowMs: number): void {
    if (this.#failedEvicted === 0 || nowMs - this.#loggedAt < LOGGED_EVERY_MS) return;
    this.#logger.warn(
      `${this.#failedEvicted} failed events were removed from the history: its bounds are reached.`,
    );
    this.#failedEvicted = 0;
    this.#loggedAt = nowMs;
  }
}

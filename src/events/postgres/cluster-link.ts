import type { Clock } from '../../shared/clock';
import type { WebhookError } from '../../shared/errors';
import type { Logger } from '../../shared/logger';
import type { RecoveryReport, RetentionLimits } from '../event-store';
import { Totals } from '../totals';
import { Activity } from './activity';
import type { Peers, StoreChanges } from '../peers';
import type { StoreProblem } from '../store-problem';
import { announced, ClusterPeers } from './cluster-peers';
import { CallQueue } from './call-queue';
import type { QueueLimits } from './call-queue';
import { Connections } from './connections';
import type { Sessions } from './connections';
import { joined, Keeper, LEAVING } from './keeper';
import { Membership, REJOINED } from './membership';
import { isLoss, problemOf, unavailable } from './problem';
import { Pulse } from './pulse';
import { SecretTimes } from './secret-times';
import { ServerClock } from './server-clock';
import type { PostgresSettings } from './settings';
import { reconcile, survived, takeOver } from './takeover';
import type { InHand } from './takeover';
import type { Transaction } from './transaction';
import { Turns } from './turns';
import { Writer } from './writer';

export interface LinkOptions {
  readonly settings: PostgresSettings;
  readonly logger: Logger;
  readonly retention: RetentionLimits;
  readonly clock: Clock;
  readonly limits: QueueLimits;
  readonly onWork: () => void;
  /** Something changed at another instance. */
  readonly onChanges: (changes: StoreChanges) => void;
  readonly onProblem: (problem: StoreProblem | null) => void;
}

export interface LinkHooks {
  /** The server was away, or is: other connections to it are of no use. */
  onBroken(): void;
}

/**
 * This process in the cluster: its connections, its lease, and the queue of what it writes. It takes part
 * again by itself when the server was away.
 */
export class ClusterLink {
  readonly clock: ServerClock;
  readonly queue: CallQueue;
  readonly writer: Writer;
  readonly keeper: Keeper;
  readonly activity = new Activity();
  readonly totals = new Totals();
  readonly secretTimes = new SecretTimes();
  readonly turns: Turns;
  readonly peers: Peers;
  readonly #options: LinkOptions;
  readonly #membership: Membership;
  readonly #connections: Connections;
  readonly #channel: string;
  readonly #inHand: InHand;
  readonly #hooks: LinkHooks;
  readonly #pulse: Pulse;
  /** What this process had in hand when it was declared dead although it lived, and has not yet said so. */
  #survived: InHand[] = [];
  #problem: StoreProblem | null = null;
  #hasJoined = false;

  constructor(options: LinkOptions, inHand: InHand, hooks: LinkHooks) {
    const { settings, clock, logger, retention, limits } = options;
    this.#options = options;
    this.#inHand = inHand;
    this.#hooks = hooks;
    this.#channel = `webhooks_${settings.schema}`;
    this.clock = new ServerClock(clock);
    this.#pulse = new Pulse(clock, settings.leaseMs / 10);
    this.#membership = new Membership(settings.leaseMs, this.clock, () => this.#lose());
    this.writer = new Writer(
      this.#membership,
      this.clock,
      this.#channel,
      logger,
      (error) => this.#trouble(error),
      (tx) => this.#committed(tx),
    );
    this.queue = new CallQueue(limits, (calls) => this.writer.round(calls));
    this.turns = new Turns(this.queue, clock);
    this.peers = new ClusterPeers(this.queue, this.#membership, this.#channel, this.turns);
    this.keeper = new Keeper(this.#membership, clock, this.clock, retention, logger, {
      onHeard: () => this.#pulse.begin(),
      onDead: () => this.#takeOver(),
      onFenced: () => this.queue.call({ kind: 'alone', run: () => Promise.resolve() }),
      onOutdated: () => this.#connections.giveUp(),
      flush: (tx) => this.#flush(tx),
      isBehind: () => this.#isBehind,
      onWork: () => this.#told(),
      onMet: () => {
        if (this.writer.hasWithheld) this.#wakeOthers().catch(() => undefined);
      },
      onSaid: (payload) => this.#said(payload),
      onEvicted: ({ events, failed }) => {
        this.totals.add('', 'evicted:finished', events - failed);
        this.totals.add('', 'evicted:failed', failed);
      },
    });
    this.#connections = new Connections(settings, clock, logger, {
      onUp: (sessions) => this.#up(sessions),
      onDown: (error) => this.#down(error),
    });
  }

  /** As which instance this process takes part now. */
  get instance(): number {
    return this.#membership.id;
  }

  open(): Promise<void> {
    return this.#connections.open();
  }

  /** What is queued is written; the lease is given back, so that nobody has to wait for its end. */
  async close(why: WebhookError): Promise<void> {
    if (this.#isBehind) {
      const flush = (tx: Transaction): Promise<unknown> => this.#flush(tx);
      await this.queue.call({ kind: 'alone', run: flush }).catch(() => undefined);
    }
    this.turns.stop();
    this.#pulse.stop();
    this.queue.refuse(why);
    await this.queue.settled();
    this.keeper.stop();
    const writer = this.#connections.sessions?.writer;
    try {
      if (writer !== undefined) {
        await this.#membership.leave(writer);
        await writer.script(`NOTIFY ${this.#channel}, '${LEAVING}'`);
      }
    } catch {
      // Then its lease ends by itself.
    }
    await this.#connections.close();
  }

  async #up(sessions: Sessions): Promise<void> {
    const { writer, keeper } = sessions;
    const isReturn = this.#hasJoined;
    const isMember = isReturn && (await this.#membership.beat(keeper)) !== 'fenced';
    if (!isMember) await this.#membership.join(keeper);
    if (isReturn && !isMember) this.#options.logger.warn(REJOINED);
    this.#hasJoined = true;
    this.#pulse.begin();
    this.writer.connect(writer);
    await this.keeper.start(keeper, this.#channel);
    this.writer.tellOthers(joined(this.#membership.id));
    this.queue.refuse(null);
    if (isReturn) {
      this.#hooks.onBroken();
      await this.queue.call({ kind: 'alone', run: (tx) => this.#reconcile(tx) });
      this.#testify();
      this.#report(null);
      this.#told();
    }
  }

  /** This process was declared dead: nothing is its own any more. */
  #lose(): void {
    this.turns.lose();
    const { events, jobs } = this.#inHand;
    const ran = this.#pulse.longestPauseMs < this.#options.settings.leaseMs / 2;
    if (ran) this.#survived.push({ events: new Set(events), jobs: new Set(jobs) });
    events.clear();
    jobs.clear();
    this.#pulse.begin();
    this.#testify();
  }

  /** While the server is away it is kept for later. */
  #testify(): void {
    for (const inHand of this.#survived.splice(0)) {
      const run = (tx: Transaction): Promise<void> => survived(tx, inHand);
      this.queue.call({ kind: 'alone', run }).catch(() => this.#survived.push(inHand));
    }
  }

  #wakeOthers(): Promise<void> {
    const run = (tx: Transaction): Promise<void> => {
      tx.wakeOthers();
      return Promise.resolve();
    };
    return this.queue.call({ kind: 'alone', run });
  }

  async #reconcile(tx: Transaction): Promise<void> {
    await reconcile(tx, this.#inHand);
    await this.turns.reconcile(tx);
  }

  /** There may be something to do, or to have. */
  #told(): void {
    this.turns.look();
    this.#options.onWork();
  }

  /** True: another instance said what has changed there. */
  #said(payload: string): boolean {
    const changes = announced(payload);
    if (changes === null) return false;
    if (changes.from !== this.#membership.id) this.#options.onChanges(changes);
    return true;
  }

  #down(error: unknown): void {
    this.keeper.stop();
    this.#hooks.onBroken();
    this.queue.drop(unavailable(error));
    this.#report(problemOf(error));
  }

  /** A lost connection is reported where it is made anew. */
  #trouble(error: unknown): void {
    if (!isLoss(error)) this.#report(problemOf(error));
  }

  #committed({ counts, totals }: Transaction): void {
    for (const count of counts) this.activity.add(count);
    for (const { endpoint, total, count } of totals) this.totals.add(endpoint, total, count);
    this.totals.mark();
    this.#report(null);
  }

  get #isBehind(): boolean {
    return this.activity.isBehind || this.secretTimes.isBehind;
  }

  async #flush(tx: Transaction): Promise<() => void> {
    const undo = await this.activity.flush(tx);
    try {
      const undoTimes = await this.secretTimes.flush(tx);
      return () => {
        undo();
        undoTimes();
      };
    } catch (error) {
      undo();
      throw error;
    }
  }

  #report(problem: StoreProblem | null): void {
    if (problem?.text === this.#problem?.text) return;
    this.#problem = problem;
    const { logger, onProblem } = this.#options;
    if (problem === null) logger.info('The PostgreSQL server of the history is available again.');
    else logger.error(`The PostgreSQL server of the history is not available: ${problem.text}.`);
    onProblem(problem);
  }

  async #takeOver(): Promise<void> {
    const { logger } = this.#options;
    const report = await this.queue.call<RecoveryReport>({
      kind: 'alone',
      run: (tx) => takeOver(tx, tx.nowMs),
    });
    const { redelivered, jobs, poisoned } = report;
    // Also where it had nothing in hand: somebody may have waited for its turn.
    this.#told();
    if (redelivered + jobs + poisoned === 0) return;
    logger.info(
      `Taking over from an instance that is gone: ${redelivered} events are delivered again, ` +
        `${jobs} retries continue, ${poisoned} given up.`,
    );
  }
}

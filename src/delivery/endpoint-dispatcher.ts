import type { NewEvent, StoredEvent } from '../events/event';
import type { Acceptance, AcceptOptions, ClaimRequest, EventStore } from '../events/event-store';
import { isParsedAtOnce } from '../events/payload';
import type { ServedRoute } from '../events/peers';
import type { Timer } from '../shared/clock';
import { errorText } from '../shared/errors';
import { attemptError } from './attempt-error';
import { AttemptsInFlow } from './attempts-in-flow';
import { Backlog } from './backlog';
import { CountedClaims, isNotItsTurn } from './counted-claims';
import { takesTurns } from './dispatcher-settings';
import type { DispatcherSettings, DispatcherTools, WaitingSender } from './dispatcher-settings';
import { parseEvent } from './event-message';
import { HandOverEnds } from './hand-over-ends';
import type { QuarantineWorker } from './quarantine';
import { ReadyQueue, type Parsed, type Ready } from './ready-queue';
import { WaitingSenders } from './waiting-senders';
import { NO_OTHER_STORES, OtherStores, type OtherStore, type StorePool } from './store-pool';

/** Events that may be handed over, on disk, ahead of a free place of a quick flow. */
const LOOK_AHEAD = 256;
/** While as many are ready, nothing more is claimed: the next claim travels while they are delivered. */
const ENOUGH_READY = 64;
/** Bodies that are in memory before their turn in the flow, apart from the last one of them. */
const MAX_READY_BYTES = 16 * 1024 * 1024;
const CLAIM_RETRY_MS = 1000;
/** A store that is not this endpoint's own must not hold it up. */
const OTHER_STORE_RETRY_MS = 60_000;
/** An earlier event may become final without a word to this dispatcher: another process ended it. */
const IN_TURN_MS = 5000;

/**
 * Brings the events of one endpoint to its flow: in order, at most `concurrency` at once.
 *
 * A new event is handed over in the commit that stores it where a place is free and nothing older
 * waits; otherwise it waits in the store as `pending` and is claimed when its turn comes. While the
 * flow is closed (a deploy, before the start) everything waits. Where the order counts, or a bound of the
 * whole cluster, all of them wait, and the store decides at each claim whether it is the turn of the next one.
 */
export class EndpointDispatcher implements QuarantineWorker {
  readonly #tools: DispatcherTools;
  readonly #ready = new ReadyQueue();
  #settings: DispatcherSettings;
  /** The methods that this endpoint holds of its path; none until it is told. */
  #methods: readonly string[] = [];
  readonly #senders = new WaitingSenders();
  #open = false;
  /** Hand-overs on their way to the disk. */
  #reserved = 0;
  #reservedBytes = 0;
  /** What of ours waits in the store. */
  readonly #backlog = new Backlog();
  readonly #pool: StorePool;
  readonly #others: OtherStores;
  readonly #claims: CountedClaims;
  readonly #ends: HandOverEnds;
  readonly #inFlow: AttemptsInFlow;
  /** A claim is on its way: what is accepted behind it comes after it. */
  #claim: Promise<void> | null = null;
  /** Set for a moment after a claim failed, or while an earlier event is not final: no claims. */
  #pause: Timer | null = null;
  /** Grows with each event that ended: a claim that was sent before knows nothing of it. */
  #ended = 0;

  constructor(settings: DispatcherSettings, tools: DispatcherTools) {
    this.#settings = settings;
    this.#tools = tools;
    this.#pool = tools.stores ?? NO_OTHER_STORES;
    this.#others = new OtherStores(this.#pool);
    this.#claims = new CountedClaims(tools.quarantine, this);
    this.#ends = new HandOverEnds(tools, {
      onStatus: (eventId, status) => this.#senders.tell(eventId, status),
      onGivenBack: () => {
        this.wake();
        if (!this.#open) this.#pool.onStray();
      },
    });
    this.#inFlow = new AttemptsInFlow(tools, this.#ends, this.#senders, {
      settings: () => this.#settings,
      isOpen: () => this.#open,
      onPlace: () => this.#pump(),
      onEnded: () => this.eventEnded(),
    });
  }

  configure(settings: DispatcherSettings): void {
    this.#settings = settings;
  }

  /** The methods that it holds: on a conflict of paths the events of the others are not for this flow. */
  serve(methods: readonly string[]): void {
    this.#methods = methods;
    this.wake();
  }

  get routes(): readonly ServedRoute[] {
    return this.#methods.map((method) => ({ endpoint: this.#settings.endpoint, method }));
  }

  serves(endpoint: string, method: string): boolean {
    return this.#settings.endpoint === endpoint && this.#methods.includes(method);
  }

  /** The flow runs: deliver what waits. */
  open(): void {
    this.#open = true;
    this.wake();
  }

  /** The flow is being stopped: what is not in it yet goes back to the store, not counted. */
  close(): void {
    this.#open = false;
    for (const ready of this.#ready.drain()) this.#ends.giveBack(ready);
  }

  /** Something was put into the store for this endpoint: a replay, a requeued event. */
  wake(): void {
    this.#backlog.isUnknown();
    this.#settings.onChange?.();
    this.#others.ask(this.#settings.store);
    if (this.#takesTurns) this.eventEnded();
    else this.#pump();
  }

  /** An event became final elsewhere: it may be the turn of the next one. */
  eventEnded(): void {
    if (!this.#takesTurns) return;
    this.#ended++;
    this.#resume();
  }

  async takeAlone(): Promise<void> {
    const store = this.#claims.suspectsIn;
    if (!this.#open || this.#methods.length === 0 || store === null) return;
    await this.#claimOther({ store, exhausted: () => undefined }, 1, true);
    this.#pump();
  }

  get settings(): DispatcherSettings {
    return this.#settings;
  }

  /** Nothing of it is in memory: the dispatcher may be dropped. */
  get idle(): boolean {
    return this.#inFlow.count === 0 && this.#reserved === 0 && this.#ready.length === 0;
  }

  /** Stores an event and has it delivered. Resolves once it is durable. */
  async accept(
    event: NewEvent,
    options: Pick<AcceptOptions, 'dedup'> & {
      readonly parsed: Parsed;
      readonly sender?: WaitingSender | null;
    },
  ): Promise<Acceptance> {
    const { store } = this.#settings;
    const { dedup, parsed, sender = null } = options;
    // A request that began before a deploy may be for a path that is another endpoint's by now.
    const isOurs = event.endpoint === this.#settings.endpoint;
    const handOver = isOurs && this.#mayHandOver();
    const before = this.#claim;
    const bytes = event.body.length;
    const removed = handOver || !isOurs ? null : this.#backlog.added(bytes);
    if (handOver) this.#reserve(1, bytes);
    if (sender) this.#senders.add(event.id, sender, store);
    if (handOver) this.#tools.quarantine.entered();
    let acceptance: Acceptance | null = null;
    try {
      acceptance = await store.accept(event, { handOver, dedup, awaited: sender !== null });
    } finally {
      if (handOver) this.#reserve(-1, -bytes);
      if (acceptance?.kind !== 'stored') {
        removed?.();
        this.#senders.forget(event.id);
        if (handOver) this.#tools.quarantine.left();
      }
    }
    if (acceptance.kind === 'requeued') {
      if (sender) this.#senders.add(acceptance.eventId, sender, store);
      this.#backlog.isUnknown();
    }
    if (!handOver) this.#settings.onChange?.();
    if (acceptance.kind === 'stored' && handOver) {
      // Not for one that has ended: even a turn of the queue would let a later event pass.
      if (before !== null && before === this.#claim) await before;
      this.#receive({ event, attempt: 1, redelivered: false, parsed, store });
    }
    this.#pump();
    if (!isOurs || !this.#open) this.#pool.onStray();
    return acceptance;
  }

  /** The sender of an event does not wait any more. */
  release(eventId: string): void {
    this.#senders.release(eventId);
  }

  /** Stores a copy of an event that was stored before, and has it delivered after what waits. */
  async replay(event: NewEvent): Promise<void> {
    await this.#settings.store.accept(event, { handOver: false, dedup: null });
    this.wake();
  }

  get #takesTurns(): boolean {
    return takesTurns(this.#settings);
  }

  #mayHandOver(): boolean {
    if (!this.#open || this.#takesTurns || !this.#tools.quarantine.isOpen) return false;
    return this.#nothingWaits && this.#freePlaces() > 0;
  }

  get #nothingWaits(): boolean {
    return this.#backlog.isEmpty && this.#others.isEmpty;
  }

  #reserve(count: number, bytes: number): void {
    this.#reserved += count;
    this.#reservedBytes += bytes;
  }

  get #concurrency(): number {
    return this.#settings.ordered ? 1 : this.#settings.concurrency;
  }

  #freePlaces(): number {
    const places = this.#concurrency + (this.#mayLookAhead ? LOOK_AHEAD : 0);
    return places - this.#inFlow.count - this.#reserved - this.#ready.length;
  }

  get #mayLookAhead(): boolean {
    if (this.#takesTurns || this.#claims.careful) return false;
    return this.#inFlow.quick && this.#freeBytes() > 0;
  }

  #freeBytes(): number {
    return Math.max(0, MAX_READY_BYTES - this.#reservedBytes - this.#ready.bytes);
  }

  #receive(ready: Ready): void {
    if (this.#open) this.#ready.push(ready);
    else this.#ends.giveBack(ready);
  }

  #pump(): void {
    while (this.#open && this.#inFlow.count < this.#concurrency) {
      const next = this.#ready.shift();
      if (next === undefined) break;
      this.#inFlow.deliver(next);
    }
    if (this.#mayClaim()) {
      const limit = this.#freePlaces();
      if (limit > 0) {
        this.#claim = this.#claimSomewhere(limit).finally(() => {
          this.#claim = null;
          this.#pump();
        });
      }
    }
  }

  #mayClaim(): boolean {
    if (!this.#open || this.#pause !== null || this.#nothingWaits) return false;
    if (this.#methods.length === 0 || !this.#tools.quarantine.isOpen) return false;
    return this.#claim === null && this.#ready.length < (this.#inFlow.quick ? ENOUGH_READY : 1);
  }

  async #claimNext(limit: number): Promise<void> {
    const { endpoint, store } = this.#settings;
    const methods = this.#methods;
    const bounds = this.#bounds(limit);
    const claimed = this.#backlog.claiming(bounds);
    const ended = this.#ended;
    try {
      await this.#claims.take(store, { endpoint, methods, ...bounds }, (claim) => {
        const { events, more } = claim;
        const bytes = events.reduce((sum, { body }) => sum + body.length, 0);
        claimed({ count: events.length, bytes, more });
        if (isNotItsTurn(claim, {}) && ended === this.#ended) this.#pauseFor(IN_TURN_MS);
        return this.#receiveAll(events, store);
      });
    } catch (thrown) {
      this.#tools.logger.warn(`Cannot read waiting events of ${endpoint}: ${errorText(thrown)}`);
      this.#backlog.isUnknown();
      this.#pauseFor(CLAIM_RETRY_MS);
    }
  }

  #bounds(limit: number): Omit<ClaimRequest, 'endpoint' | 'methods'> {
    const { ordered, clusterWide, concurrency } = this.#settings;
    const bounds = { limit, maxBytes: this.#freeBytes(), ordered };
    return clusterWide === true && !ordered ? { ...bounds, withinCluster: concurrency } : bounds;
  }

  /** What waits elsewhere is older than what waits in the endpoint's own store. */
  #claimSomewhere(limit: number): Promise<void> {
    const other = this.#others.next();
    return other === undefined ? this.#claimNext(limit) : this.#claimOther(other, limit);
  }

  async #claimOther({ store, exhausted }: OtherStore, limit: number, alone = false): Promise<void> {
    const { endpoint } = this.#settings;
    const methods = this.#methods;
    const bounds = { ...this.#bounds(limit), alone };
    try {
      await this.#claims.take(store, { endpoint, methods, ...bounds }, (claim) => {
        if (!claim.more) exhausted();
        else if (isNotItsTurn(claim, bounds)) this.#pauseFor(IN_TURN_MS);
        return this.#receiveAll(claim.events, store);
      });
    } catch (thrown) {
      this.#tools.logger.warn(`Cannot read waiting events of ${endpoint}: ${errorText(thrown)}`);
      exhausted();
      this.#tools.clock.after(OTHER_STORE_RETRY_MS, () => this.wake());
    }
  }

  async #receiveAll(events: readonly StoredEvent[], store: EventStore): Promise<void> {
    if (events.length > 0) this.#settings.onChange?.();
    for (const event of events) {
      const { attempt, redelivered, request } = event;
      const parsed = isParsedAtOnce(request.headers) ? null : await this.#decode(event, store);
      if (parsed !== 'failed') this.#receive({ event, attempt, redelivered, parsed, store });
    }
  }

  #pauseFor(ms: number): void {
    this.#pause?.cancel();
    this.#pause = this.#tools.clock.after(ms, () => this.#resume());
  }

  #resume(): void {
    this.#pause?.cancel();
    this.#pause = null;
    this.#pump();
  }

  /** A body that was fine when it was stored may be too large now: a deploy can lower the bound. */
  async #decode(event: StoredEvent, store: EventStore): Promise<Parsed | 'failed'> {
    try {
      return { payload: await parseEvent(event, this.#settings) };
    } catch (thrown) {
      const nowMs = this.#tools.clock.now();
      const error = attemptError(thrown, null);
      const times = { startedAtMs: nowMs, endedAtMs: nowMs };
      const result = { error, reason: error.message, ...times, trail: [] };
      void this.#ends.concluded(event.id, event.attempt, { outcome: 'failed', ...result }, store);
      return 'failed';
    }
  }
}

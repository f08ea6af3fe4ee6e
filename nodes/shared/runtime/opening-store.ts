import type { EventStore } from '../../../src/events/event-store';
import type { Peers } from '../../../src/events/peers';
import { problemKind, StoreUnavailable } from '../../../src/events/store-problem';
import type { StoreProblem } from '../../../src/events/store-problem';
import type { Clock } from '../../../src/shared/clock';
import { errorText, WebhookError } from '../../../src/shared/errors';
import type { Logger } from '../../../src/shared/logger';
import { StoreHealth } from './store-health';

/** A request does not wait longer than this for a store that is still being opened. */
const MAX_WAIT_MS = 5000;
const REOPEN_MS = 5000;

export interface OpenedStore {
  readonly store: EventStore;
  /** Where a damaged file was put; null: it was sound. */
  readonly damagedFile: string | null;
}

/** What is told of a store while it is open. */
export interface StoreWatch {
  /** Its file was set aside, and kept under that name. */
  readonly onDamage: (keptAs: string) => void;
  /** Nothing can be written, or it is not open yet for that reason; null: it can again. */
  readonly onTrouble: (problem: StoreProblem | null) => void;
}

export type OpenStore = (watch: StoreWatch) => Promise<OpenedStore>;

/**
 * A store that is being opened: another process may still hold its file, or the disk may have a
 * problem. Calls wait for it, bounded; opening is tried again until it works or nobody needs it.
 */
export class OpeningStore implements EventStore {
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #open: OpenStore;
  readonly #onProblem: (problem: StoreProblem | null) => void;
  readonly #health: StoreHealth;
  #store: EventStore | null = null;
  #opened: Promise<EventStore>;
  #problem: StoreProblem | null = null;
  /** That its file was set aside is worth saying as long as nothing else is. */
  #damage: StoreProblem | null = null;
  #closed = false;

  constructor(
    open: OpenStore,
    clock: Clock,
    logger: Logger,
    onProblem: (problem: StoreProblem | null) => void,
  ) {
    this.#open = open;
    this.#clock = clock;
    this.#logger = logger;
    this.#onProblem = onProblem;
    this.#health = new StoreHealth(clock);
    this.#opened = this.#keepOpening();
  }

  get problem(): StoreProblem | null {
    return this.#problem;
  }

  get isOpen(): boolean {
    return this.#store !== null && !this.#closed;
  }

  /** Nothing is known that would keep it from storing what comes now. */
  get canStore(): boolean {
    const isSound = this.#problem === null || this.#problem.kind === 'damaged';
    return this.isOpen && isSound && !this.#health.isFailing;
  }

  /** Resolves when calls no longer wait; rejects if it was closed before. */
  get opened(): Promise<unknown> {
    return this.#opened;
  }

  async #keepOpening(): Promise<EventStore> {
    for (;;) {
      try {
        const { store, damagedFile } = await this.#open({
          onDamage: (keptAs) => this.#setAside(keptAs),
          onTrouble: (problem) => this.#report(problem),
        });
        this.#store = store;
        if (damagedFile === null) this.#report(null);
        else this.#setAside(damagedFile);
        return store;
      } catch (thrown) {
        const text = errorText(thrown);
        if (text !== this.#problem?.text) {
          this.#logger.error(`The webhook history can't be opened: ${text}`);
        }
        this.#report({ kind: problemKind(thrown), text });
        await new Promise<void>((resolve) => void this.#clock.after(REOPEN_MS, resolve));
        if (this.#closed) throw new WebhookError('store-unavailable', 'The history was closed');
      }
    }
  }

  #setAside(keptAs: string): void {
    this.#damage = { kind: 'damaged', text: keptAs };
    this.#report(null);
  }

  #report(trouble: StoreProblem | null): void {
    const problem = trouble ?? this.#damage;
    if (problem?.text === this.#problem?.text) return;
    this.#problem = problem;
    this.#onProblem(problem);
  }

  /** The process that holds the file may be one that is ending: restarts overlap. */
  get #maySoonOpen(): boolean {
    return this.#problem === null || this.#problem.kind === 'locked';
  }

  async #opening(): Promise<EventStore> {
    let cancel = (): void => undefined;
    const tooLate = new Promise<never>((_, reject) => {
      const timer = this.#clock.after(this.#maySoonOpen ? MAX_WAIT_MS : 0, () => {
        const why = this.#problem?.text ?? 'it is still being opened';
        const kind = this.#problem?.kind ?? 'other';
        reject(new StoreUnavailable(kind, `The webhook history is not available: ${why}`));
      });
      cancel = () => timer.cancel();
    });
    try {
      return await Promise.race([this.#opened, tooLate]);
    } finally {
      cancel();
    }
  }

  #with<T>(use: (store: EventStore) => Promise<T>): Promise<T> {
    return this.#store === null ? this.#opening().then(use) : use(this.#store);
  }

  accept: EventStore['accept'] = (event, options) =>
    this.#health.watch(this.#with((s) => s.accept(event, options)));
  claim: EventStore['claim'] = (request) => this.#with((s) => s.claim(request));
  endAttempt: EventStore['endAttempt'] = (end) => this.#with((s) => s.endAttempt(end));
  interrupt: EventStore['interrupt'] = (id, attempt) => this.#with((s) => s.interrupt(id, attempt));
  addToTrail: EventStore['addToTrail'] = (addition) => this.#with((s) => s.addToTrail(addition));
  park: EventStore['park'] = (job) => this.#with((s) => s.park(job));
  claimJobs: EventStore['claimJobs'] = (request) => this.#with((s) => s.claimJobs(request));
  settleJob: EventStore['settleJob'] = (settlement) => this.#with((s) => s.settleJob(settlement));
  requeue: EventStore['requeue'] = (id) => this.#with((s) => s.requeue(id));
  remove: EventStore['remove'] = (ids) => this.#with((s) => s.remove(ids));
  discard: EventStore['discard'] = (id, reason) => this.#with((s) => s.discard(id, reason));
  cancelJob: EventStore['cancelJob'] = (id) => this.#with((s) => s.cancelJob(id));
  hastenJob: EventStore['hastenJob'] = (id, nodeId) => this.#with((s) => s.hastenJob(id, nodeId));
  recover: EventStore['recover'] = (nowMs) => this.#with((s) => s.recover(nowMs));
  list: EventStore['list'] = (query) => this.#with((s) => s.list(query));
  get: EventStore['get'] = (id) => this.#with((s) => s.get(id));
  summaries: EventStore['summaries'] = (ids) => this.#with((s) => s.summaries(ids));
  activity: EventStore['activity'] = (nowMs) => this.#with((s) => s.activity(nowMs));
  jobs: EventStore['jobs'] = (query) => this.#with((s) => s.jobs(query));
  pendingRoutes: EventStore['pendingRoutes'] = () => this.#with((s) => s.pendingRoutes());
  stats: EventStore['stats'] = () => this.#with((s) => s.stats());
  measures: EventStore['measures'] = () => this.#with((s) => s.measures());
  waiting: EventStore['waiting'] = (at) => this.#with((s) => s.waiting(at));
  reject: EventStore['reject'] = (rejection) => this.#with((s) => s.reject(rejection));
  rejections: EventStore['rejections'] = (query) => this.#with((s) => s.rejections(query));
  secretMatches: EventStore['secretMatches'] = () => this.#with((s) => s.secretMatches());
  forgetSecretMatches: EventStore['forgetSecretMatches'] = (endpoint) =>
    this.#with((s) => s.forgetSecretMatches(endpoint));

  saveSync: EventStore['saveSync'] = (saving) => this.#with((s) => s.saveSync(saving));
  recallSync: EventStore['recallSync'] = (key, items) =>
    this.#with((s) => s.recallSync(key, items));

  setRetention: EventStore['setRetention'] = (limits) => this.#with((s) => s.setRetention(limits));

  /** Null, too, as long as it is not open. */
  get peers(): Peers | null {
    return this.#store?.peers ?? null;
  }

  async close(): Promise<void> {
    this.#closed = true;
    const store = this.#store ?? (await this.#opened.catch(() => null));
    await store?.close();
  }
}

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { EventDetail, EventStore } from '../../../src/events/event-store';
import { canBecome, eventStatus, OPEN_JOB_STATES } from '../../../src/events/states';
import type { AttemptOutcome, EventStatus } from '../../../src/events/states';
import { aFailure, aJob, anAttempt, anEvent } from '../../contract/event-store.fixtures';
import { Histories, SetClock } from './sqlite-harness';

const OUTCOMES = ['success', 'failed', 'ignored'] as const;
const SETTLED = ['waiting', 'exhausting', 'done', 'exhausted', 'cancelled'] as const;

type Step =
  | { do: 'accept'; handOver: boolean; key: number }
  | { do: 'claim'; limit: number }
  | { do: 'end'; which: number; outcome: AttemptOutcome; late: boolean }
  | { do: 'interrupt'; which: number }
  | { do: 'park'; which: number; arrival: number; exhausting: boolean }
  | { do: 'claimJobs' }
  | { do: 'settle'; which: number; to: (typeof SETTLED)[number]; uncounted: boolean }
  | { do: 'requeue'; which: number }
  | { do: 'recover' };

const which = fc.nat(2);
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ do: fc.constant('accept' as const), handOver: fc.boolean(), key: fc.nat(3) }),
  fc.record({ do: fc.constant('claim' as const), limit: fc.integer({ min: 1, max: 3 }) }),
  fc.record({
    do: fc.constant('end' as const),
    which,
    outcome: fc.constantFrom(...OUTCOMES),
    late: fc.boolean(),
  }),
  fc.record({ do: fc.constant('interrupt' as const), which }),
  fc.record({
    do: fc.constant('park' as const),
    which,
    arrival: fc.integer({ min: 1, max: 2 }),
    exhausting: fc.boolean(),
  }),
  fc.record({ do: fc.constant('claimJobs' as const) }),
  fc.record({
    do: fc.constant('settle' as const),
    which,
    to: fc.constantFrom(...SETTLED),
    uncounted: fc.boolean(),
  }),
  fc.record({ do: fc.constant('requeue' as const), which }),
  fc.record({ do: fc.constant('recover' as const) }),
);

/** One random life of the events of one endpoint, and what must hold after each step of it. */
class Life {
  static #count = 0;
  readonly #store: EventStore;
  readonly #endpoint = `/life/${++Life.#count}`;
  readonly #nodeId = `retry-${Life.#count}`;
  readonly #statuses = new Map<string, EventStatus>();
  readonly #jobs: string[] = [];
  #atMs = 10_000;

  constructor(store: EventStore) {
    this.#store = store;
  }

  async take(step: Step): Promise<void> {
    this.#atMs += 1;
    const ids = [...this.#statuses.keys()];
    const at = <T>(list: T[], n: number): T | undefined => list[n % Math.max(1, list.length)];
    const id = 'which' in step ? at(ids, step.which) : undefined;
    const detail = id === undefined ? undefined : await this.#store.get(id);
    await this.#do(step, detail, 'which' in step ? at(this.#jobs, step.which) : undefined);
    for (const known of this.#statuses.keys()) await this.#check(known, step);
  }

  async #do(step: Step, detail: EventDetail | undefined, jobId: string | undefined): Promise<void> {
    const store = this.#store;
    const eventId = detail?.event.id ?? '';
    const number = detail?.event.attempt ?? 0;
    const startedAtMs = this.#atMs;
    if (step.do === 'accept') return this.#accept(step);
    if (step.do === 'claim') {
      const bounds = { limit: step.limit, maxBytes: 1_000, ordered: false };
      await store.claim({ endpoint: this.#endpoint, methods: ['POST'], ...bounds });
    } else if (step.do === 'claimJobs') {
      await store.claimJobs({ nodeId: this.#nodeId, nowMs: this.#atMs, limit: 2 });
    } else if (step.do === 'recover') {
      await store.recover(this.#atMs);
    } else if (step.do === 'settle') {
      if (jobId === undefined) return;
      const { to: state, uncounted } = step;
      const attempt = anAttempt({ kind: 'retry', startedAtMs });
      await store.settleJob({ jobId, attempt, state, uncounted, dueAtMs: this.#atMs });
    } else if (detail === undefined) return;
    else if (step.do === 'end') {
      const { outcome } = step;
      const attempt = anAttempt({ number: step.late ? number - 1 : number, outcome, startedAtMs });
      await store.endAttempt({ eventId, attempt, outcome, reason: null });
    } else if (step.do === 'interrupt') {
      await store.interrupt(eventId, anAttempt({ number, outcome: 'interrupted', startedAtMs }));
    } else if (step.do === 'requeue') {
      await store.requeue(eventId).catch(() => undefined);
    } else await this.#park(step, eventId, number);
  }

  async #accept({ handOver, key }: Step & { do: 'accept' }): Promise<void> {
    const event = anEvent({ endpoint: this.#endpoint });
    const dedup = key === 0 ? null : { key: String(key), windowMs: 1_000_000 };
    const answer = await this.#store.accept(event, { handOver, dedup });
    if (answer.kind === 'stored') this.#statuses.set(event.id, handOver ? 'processing' : 'pending');
  }

  async #park(step: Step & { do: 'park' }, eventId: string, eventAttempt: number): Promise<void> {
    const job = aJob({
      eventId,
      eventAttempt,
      nodeId: this.#nodeId,
      arrival: step.arrival,
      state: step.exhausting ? 'exhausting' : 'waiting',
      dueAtMs: this.#atMs,
    });
    await this.#store.park({ job, attempt: aFailure({ kind: 'retry' }) });
    if ((await this.#store.jobs({ eventId, limit: 50 })).some(({ id }) => id === job.id)) {
      this.#jobs.push(job.id);
    }
  }

  async #check(id: string, step: Step): Promise<void> {
    const detail = await this.#store.get(id);
    assert.ok(detail, `${id} vanished at ${JSON.stringify(step)}`);
    const before = this.#statuses.get(id)!;
    const { status, attempt, reason } = detail.event;
    const because = `${before} -> ${status} at ${JSON.stringify(step)}`;
    assert.ok(before === status || canBecome(before, status), because);
    this.#statuses.set(id, status);
    if (status === 'pending' || reason === 'crashed the runtime') return;
    const jobs = detail.jobs.filter(({ eventAttempt }) => eventAttempt === attempt);
    const end = detail.attempts.find(
      ({ jobId, number, outcome }) =>
        jobId === null && number === attempt && OUTCOMES.some((one) => one === outcome),
    );
    const count = (...states: string[]): number =>
      jobs.filter(({ state }) => states.includes(state)).length;
    const expected = eventStatus({
      outcome: (end?.outcome ?? null) as AttemptOutcome | null,
      openJobs: count(...OPEN_JOB_STATES),
      lostJobs: count('exhausted', 'cancelled'),
      doneJobs: count('done'),
    });
    assert.equal(status, expected, because);
  }

  /** Nothing runs for an event that has ended, and its counters agree with its rows. */
  async ended(): Promise<void> {
    for (const [id, status] of this.#statuses) {
      if (status !== 'success' && status !== 'ignored' && status !== 'failed') continue;
      assert.deepEqual(await this.#store.jobs({ eventId: id, open: true, limit: 9 }), []);
    }
  }
}

test('whatever happens, in whatever order, the state machine holds', async () => {
  const histories = new Histories();
  const store = await histories.open({ clock: new SetClock() });
  try {
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { minLength: 30, maxLength: 60, size: 'max' }),
        async (steps) => {
          const life = new Life(store);
          for (const one of steps) await life.take(one);
          await life.ended();
        },
      ),
      { numRuns: Number(process.env['PROPERTY_RUNS'] ?? 15) },
    );
    const { byStatus, openJobs } = await store.stats();
    for (const status of [
      'pending',
      'processing',
      'retrying',
      'success',
      'failed',
      'ignored',
    ] as const) {
      let before: string | undefined;
      let listed = 0;
      do {
        const { events: page } = await store.list({
          status,
          limit: 500,
          ...(before ? { before } : {}),
        });
        listed += page.length;
        before = page.at(-1)?.id;
      } while (before !== undefined);
      assert.equal(byStatus[status], listed, status);
    }
    assert.ok(openJobs >= 0);
  } finally {
    await histories.end();
  }
});

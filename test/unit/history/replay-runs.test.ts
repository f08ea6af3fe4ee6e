import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SharedRun, SharedRuns } from '../../../src/events/peers';
import { ReplayRun } from '../../../src/history/replay-run';
import { ReplayRuns } from '../../../src/history/replay-runs';
import { createFakeClock } from '../../support/fake-clock';

/** What several processes know of their runs; `isAway`: nobody can be told or asked. */
class Shared implements SharedRuns {
  readonly runs = new Map<string, { told: string; isOver: boolean; isToStop: boolean }>();
  isAway = false;
  isAlive = true;

  async begin(id: string, told: string): Promise<boolean> {
    this.#ask();
    if ([...this.runs.values()].some(({ isOver }) => !isOver)) return false;
    this.runs.set(id, { told, isOver: false, isToStop: false });
    return true;
  }

  async tell(id: string, told: string, isOver: boolean): Promise<boolean> {
    this.#ask();
    const run = this.runs.get(id)!;
    Object.assign(run, { told, isOver });
    return run.isToStop;
  }

  async list(): Promise<readonly SharedRun[]> {
    this.#ask();
    const { isAlive } = this;
    return [...this.runs].map(([id, { told }]) => ({ id, told, isAlive, toldAtMs: 5_000 }));
  }

  async stop(id: string): Promise<boolean> {
    this.#ask();
    const run = this.runs.get(id);
    if (run !== undefined) run.isToStop = true;
    return run !== undefined;
  }

  #ask(): void {
    if (this.isAway) throw new Error('away');
  }
}

/** Two processes, each with a slow run of five events when it is asked for one. */
function processes() {
  const clock = createFakeClock();
  const shared = new Shared();
  const tools = {
    clock,
    replay: (id: string) => Promise.resolve(`new ${id}`),
    failedOf: () => Promise.resolve(null),
  };
  const service = {
    replayMatching: async (
      _filter: object,
      options: { perSecond: number; stopOnError: boolean },
      admit: (total: number) => Promise<void> = async () => undefined,
    ) => {
      await admit(5);
      return new ReplayRun(['a', 'b', 'c', 'd', 'e'], options, tools);
    },
  };
  const one = (): ReplayRuns => new ReplayRuns({ service, shared: () => [shared], clock });
  const pass = async (ms: number): Promise<void> => {
    clock.advance(ms);
    for (let turn = 0; turn < 50; turn++) await Promise.resolve();
  };
  return { clock, shared, a: one(), b: one(), pass };
}

const SLOW = { perSecond: 0.5, stopOnError: true };

test('a run is seen from another process, and stopped from there', async () => {
  const { a, b, pass, clock } = processes();
  const { id } = await a.start({}, SLOW);
  assert.deepEqual(await b.get(id), { ...(await a.get(id)), replayed: 0 }, 'from its beginning on');
  await pass(2000);
  await pass(1000);
  const { state, total, replayed } = await b.get(id);
  assert.deepEqual([state, total, replayed], ['running', 5, 2]);
  await assert.rejects(b.start({}, SLOW), { code: 'conflict' });
  assert.equal((await b.stop(id)).state, 'running', 'it has not heard of it yet');
  await pass(1000);
  assert.equal((await a.get(id)).state, 'stopped');
  assert.deepEqual(await b.get(id), await a.get(id));
  assert.equal(clock.waiting, 0);
  const next = await b.start({}, SLOW);
  const ids = async (of: ReplayRuns) => (await of.list()).map((run) => run.id);
  assert.deepEqual(
    [await ids(a), await ids(b)],
    [
      [next.id, id],
      [next.id, id],
    ],
  );
  await assert.rejects(a.stop('nobody'), { code: 'not-found' });
});

test('one whose process is gone has failed, and another one may begin', async () => {
  const { a, b, shared } = processes();
  const { id, startedAt } = await a.start({}, SLOW);
  shared.isAlive = false;
  const { state, lastError, endedAt, ...rest } = await b.get(id);
  assert.deepEqual([state, endedAt], ['failed', new Date(5_000).toISOString()]);
  assert.match(lastError!, /not heard of/);
  assert.equal(rest.startedAt, startedAt);
  assert.equal((await a.get(id)).state, 'running', 'it knows better itself');
});

test('an end that could not be told is told again; meanwhile the run goes on', async () => {
  const { a, b, shared, pass, clock } = processes();
  const { id } = await a.start({}, SLOW);
  shared.isAway = true;
  for (let n = 0; n < 12; n++) await pass(1000);
  const ended = await a.get(id);
  assert.deepEqual([ended.state, ended.replayed], ['done', 5]);
  await assert.rejects(b.get(id), /away/);
  shared.isAway = false;
  await pass(1000);
  assert.deepEqual(await b.get(id), ended);
  assert.equal(clock.waiting, 0);
});

test('nothing is replayed where it may not begin; what cannot be read is no run', async () => {
  const { a, b, shared, pass } = processes();
  shared.isAway = true;
  await assert.rejects(a.start({}, SLOW), /away/);
  await pass(10_000);
  shared.isAway = false;
  assert.deepEqual(await a.list(), []);
  for (const told of ['', '[]', '{"state":"odd"}', '{"state":"done","total":"5"}']) {
    shared.runs.set('odd', { told, isOver: true, isToStop: false });
    assert.deepEqual(await b.list(), []);
  }
});

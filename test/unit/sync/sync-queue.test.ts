import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { OVERLAPS, overlapOf } from '../../../src/sync/overlap';
import { MOST_WAITING, SyncQueue, type TakeSyncTurn } from '../../../src/sync/sync-queue';

/** Runs that a test ends by hand. */
function runs() {
  const started: string[] = [];
  const finish: ((value: string) => void)[] = [];
  const work = (name: string) => (signal: AbortSignal) =>
    new Promise<string>((resolve, reject) => {
      started.push(name);
      finish.push(resolve);
      signal.addEventListener('abort', () => reject(new Error(`${name} aborted`)));
    });
  return { started, finish, work };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));
const { signal } = new AbortController();

test('one after the other, in order, also after a failure', async () => {
  const { started, finish, work } = runs();
  const queue = new SyncQueue<string>('queue');
  const failing = queue.run('k', signal, () => Promise.reject(new Error('no')));
  const results = ['a', 'b'].map((name) => queue.run('k', signal, work(name)));
  await assert.rejects(failing, /no/);
  await turn();
  assert.deepEqual(started, ['a']);
  finish[0]!('A');
  await turn();
  assert.deepEqual(started, ['a', 'b']);
  finish[1]!('B');
  assert.deepEqual(await Promise.all(results), ['A', 'B']);
});

test('waiting ones that ask for the same share a run, but not one that runs already', async () => {
  const { started, finish, work } = runs();
  const queue = new SyncQueue<string>('coalesce');
  const first = queue.run('k', signal, work('1'));
  await turn();
  const shared = ['2', '3', '4'].map((name) => queue.run('k', signal, work(name)));
  const other = queue.run('other', signal, work('o'));
  finish[0]!('one');
  await turn();
  finish[1]!('two');
  await turn();
  finish[2]!('other');
  assert.deepEqual(await Promise.all([first, ...shared, other]), [
    'one',
    ...['two', 'two', 'two'],
    'other',
  ]);
  assert.deepEqual(started, ['1', '2', 'o']);
});

test('who gives up ends a run only if nobody else wants it', async () => {
  const { started, finish, work } = runs();
  const queue = new SyncQueue<string>('coalesce');
  const first = queue.run('k', signal, work('1'));
  await turn();
  const [a, b] = [new AbortController(), new AbortController()];
  const shared = queue.run('k', a.signal, work('2'));
  const kept = queue.run('k', signal, work('2'));
  const alone = queue.run('x', b.signal, work('3'));
  a.abort();
  b.abort();
  await assert.rejects(shared, { category: 'UNKNOWN', permanent: false });
  await assert.rejects(alone, { category: 'UNKNOWN' });
  finish[0]!('one');
  await first;
  await turn();
  finish[1]!('two');
  assert.equal(await kept, 'two');
  await turn();
  assert.deepEqual(started, ['1', '2'], 'what nobody wants is not begun');
});

test('a run that its only user gives up is ended', async () => {
  const { work } = runs();
  const queue = new SyncQueue<string>('queue');
  const controller = new AbortController();
  const running = queue.run('k', controller.signal, work('1'));
  await turn();
  controller.abort();
  await assert.rejects(running, /1 aborted/);
});

test('at the same time, where that is allowed', async () => {
  const { started, work } = runs();
  const queue = new SyncQueue<string>('parallel');
  void queue.run('k', signal, work('1'));
  void queue.run('k', signal, work('2'));
  assert.deepEqual(started, ['1', '2']);
});

const REFUSED = { name: 'SyncError', category: 'RATE_LIMIT', permanent: false };

for (const overlap of ['queue', 'coalesce', 'parallel'] as const) {
  test(`no more than a bounded number waits: ${overlap}`, async () => {
    const { work, started } = runs();
    const queue = new SyncQueue<string>(overlap);
    const ask = () => queue.run('k', signal, work('x'));
    // The first of those that wait for each other has begun, and waits no longer.
    void ask();
    await turn();
    const places = overlap === 'parallel' ? MOST_WAITING - 1 : MOST_WAITING;
    for (let n = 0; n < places; n += 1) void ask();
    const begun = started.length;
    await assert.rejects(ask(), REFUSED);
    assert.equal(started.length, begun);
  });
}

test('who gives up while it waits takes no place, and who has ended none either', async () => {
  const { finish, work } = runs();
  for (const overlap of ['queue', 'parallel'] as const) {
    const queue = new SyncQueue<string>(overlap);
    const first = queue.run('k', signal, work('1'));
    await turn();
    const impatient = new AbortController();
    const waiting = Array.from({ length: MOST_WAITING - 1 }, () =>
      queue.run('k', impatient.signal, work('x')),
    );
    if (overlap === 'queue')
      void queue.run('k', impatient.signal, work('x')).catch(() => undefined);
    await assert.rejects(queue.run('k', signal, work('y')), REFUSED);
    impatient.abort();
    for (const each of waiting) await assert.rejects(each);
    finish.splice(0).forEach((end) => end('done'));
    const last = queue.run('k', signal, work('y'));
    assert.equal(await first, 'done');
    await turn();
    finish.pop()!('last');
    assert.equal(await last, 'last');
  }
});

test('one that has been ended before it asks is not begun', async () => {
  const { started, work } = runs();
  const queue = new SyncQueue<string>('queue');
  await assert.rejects(queue.run('k', AbortSignal.abort(), work('1')), /ended before it began/);
  await turn();
  assert.deepEqual(started, []);
});

test('automatic never overlaps: an API is asked once for all, each message has its turn', () => {
  assert.deepEqual(
    OVERLAPS.map((overlap) => [overlapOf(overlap, 'message'), overlapOf(overlap, 'api')]),
    [
      ['queue', 'coalesce'],
      ['queue', 'queue'],
      ['queue', 'coalesce'],
      ['parallel', 'parallel'],
    ],
  );
});

/** What can happen to a queue: somebody asks, one of those that asked gives up, the run ends. */
const STEPS = fc.array(
  fc.oneof(
    fc.record({ ask: fc.constantFrom('a', 'b') }),
    fc.record({ giveUp: fc.nat() }),
    fc.record({ end: fc.constantFrom('well', 'badly') }),
    fc.constant({ wait: true }),
  ),
  { maxLength: 30 },
);

interface Asked {
  readonly key: string;
  readonly ended: AbortController;
  /** Runs that had begun when it asked. */
  readonly after: number;
  result: Promise<{ run: number } | { error: unknown }>;
}

test('whatever happens: never two at once, everybody is told, nobody gets what began before it asked', async () => {
  await fc.assert(
    fc.asyncProperty(STEPS, fc.constantFrom('queue', 'coalesce'), async (steps, overlap) => {
      const queue = new SyncQueue<number>(overlap);
      const begun: string[] = [];
      let end: { well: () => void; badly: () => void } | undefined;
      const work = (key: string) => (given: AbortSignal) =>
        new Promise<number>((resolve, reject) => {
          assert.equal(end, undefined, 'two at once');
          const run = begun.push(key) - 1;
          const over = (tell: () => void) => () => {
            end = undefined;
            tell();
          };
          end = { well: over(() => resolve(run)), badly: over(() => reject(new Error('badly'))) };
          given.addEventListener('abort', () => end?.badly());
        });
      const asked: Asked[] = [];
      for (const step of steps) {
        if ('ask' in step) {
          const ended = new AbortController();
          const result = queue.run(step.ask, ended.signal, work(step.ask)).then(
            (run) => ({ run }),
            (error: unknown) => ({ error }),
          );
          asked.push({ key: step.ask, ended, after: begun.length, result });
        } else if ('giveUp' in step) asked[step.giveUp % asked.length]?.ended.abort();
        else if ('end' in step) end?.[step.end]();
        else await turn();
      }
      for (let rest = asked.length + 1; rest > 0; rest -= 1) {
        await turn();
        end?.well();
      }
      await turn();
      assert.equal(end, undefined, 'none is left');
      const users = new Map<number, number>();
      for (const { key, after, result, ended } of asked) {
        const told = await result;
        if ('error' in told) {
          assert.ok(ended.signal.aborted || String(told.error) === 'Error: badly');
        } else {
          assert.ok(told.run >= after, 'begun after it was asked for');
          assert.equal(begun[told.run], key);
          users.set(told.run, (users.get(told.run) ?? 0) + 1);
        }
      }
      if (overlap === 'queue') assert.ok([...users.values()].every((count) => count === 1));
    }),
    { numRuns: Number(process.env['PROPERTY_RUNS'] ?? 200) },
  );
});

/** Turns that the test gives, one for each that asks. */
function turns() {
  const asked: ((lost: AbortController) => void)[] = [];
  const ended: number[] = [];
  const take: TakeSyncTurn = (ending) =>
    new Promise((resolve, reject) => {
      const n = asked.length;
      ending.addEventListener('abort', () => reject(new Error('aborted')));
      asked.push((lost) => resolve({ lost: lost.signal, end: async () => void ended.push(n) }));
    });
  return { asked, ended, take };
}

test('waits for its turn, and ends it whatever becomes of the run', async () => {
  const { started, finish, work } = runs();
  const { asked, ended, take } = turns();
  const queue = new SyncQueue<string>('queue', take);
  const first = queue.run('k', signal, work('1'));
  const second = queue.run('k', signal, () => Promise.reject(new Error('no')));
  await turn();
  assert.deepEqual([started, asked.length], [[], 1]);
  asked[0]!(new AbortController());
  await turn();
  assert.deepEqual([started, asked.length], [['1'], 1], 'not before the first one has ended');
  finish[0]!('one');
  assert.equal(await first, 'one');
  await turn();
  asked[1]!(new AbortController());
  await assert.rejects(second, /no/);
  assert.deepEqual(ended, [0, 1]);
});

test('who comes while it waits for its turn shares the run', async () => {
  const { started, finish, work } = runs();
  const { asked, take } = turns();
  const queue = new SyncQueue<string>('coalesce', take);
  const all = ['1', '2'].map((name) => queue.run('k', signal, work(name)));
  await turn();
  all.push(queue.run('k', signal, work('3')));
  asked[0]!(new AbortController());
  await turn();
  finish[0]!('one');
  assert.deepEqual(await Promise.all(all), ['one', 'one', 'one']);
  assert.deepEqual(started, ['1']);
});

test('a run that has lost its turn is ended, and says so', async () => {
  const { work } = runs();
  const { asked, ended, take } = turns();
  const queue = new SyncQueue<string>('queue', take);
  const run = queue.run('k', signal, work('1'));
  await turn();
  const lost = new AbortController();
  asked[0]!(lost);
  await turn();
  lost.abort();
  await assert.rejects(run, /another one may run this sync/);
  assert.deepEqual(ended, [0]);
});

test('who gives up while it waits for its turn is told at once; the next one goes on', async () => {
  const { finish, work } = runs();
  const { asked, take } = turns();
  const queue = new SyncQueue<string>('queue', take);
  const impatient = new AbortController();
  const run = queue.run('k', impatient.signal, work('1'));
  await turn();
  impatient.abort();
  await assert.rejects(run, /ended before it began/);
  const next = queue.run('k', signal, work('2'));
  await turn();
  asked[1]!(new AbortController());
  await turn();
  finish[0]!('two');
  assert.equal(await next, 'two');
});

test('where nobody knows whether another process runs it, it does not run', async () => {
  const away: TakeSyncTurn = () => Promise.reject(new Error('no server'));
  const queue = new SyncQueue<string>('queue', away);
  await assert.rejects(
    queue.run('k', signal, () => Promise.resolve('ran')),
    { name: 'SyncError', category: 'UNKNOWN', permanent: false },
  );
});

test('parallel ones need no turn', async () => {
  const never: TakeSyncTurn = () => new Promise(() => undefined);
  const queue = new SyncQueue<string>('parallel', never);
  assert.equal(await queue.run('k', signal, () => Promise.resolve('done')), 'done');
});

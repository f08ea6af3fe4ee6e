import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SyncQueue } from '../../../src/sync/sync-queue';

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

test('no more than a bounded number waits', async () => {
  const { work } = runs();
  const queue = new SyncQueue<string>('queue');
  for (let n = 0; n <= 1000; n += 1) void queue.run('k', signal, work('x')).catch(() => undefined);
  await assert.rejects(queue.run('k', signal, work('y')), {
    category: 'RATE_LIMIT',
    permanent: false,
  });
});

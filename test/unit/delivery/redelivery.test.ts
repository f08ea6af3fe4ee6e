import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import type { NodeId, Task } from '../../support/world/flow';
import { apart, World } from '../../support/world/world';

const TO_OUTER = { how: 'pass', to: 2 } as const;

function aWorld(t: TestContext, change: { maxRetries?: number } = {}): World {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const world = new World({
    ...{ concurrency: 1, ordered: false, maxRetries: 0, quietMs: 0, catchable: false },
    ...{ explicit: false, ...change },
  });
  t.after(() => world.end());
  return world;
}

/** An event, passed on to the outer retry node; what works on it now. */
async function atRetryNode(world: World): Promise<Task> {
  await world.settle();
  world.receive(null);
  await world.settle();
  const { flow } = world.process;
  await apart(() => flow.end(taskAt(world, 'top'), TO_OUTER));
  return taskAt(world, 'outer-work');
}

function taskAt(world: World, id: NodeId): Task {
  const task = world.process.flow.tasks.find(({ node }) => node.id === id);
  assert.ok(task, `${id} works`);
  return task;
}

function deliveries(world: World): (string | undefined)[] {
  const { scopes } = world.process.flow;
  return scopes.filter(({ kind }) => kind === 'delivery').map(({ result }) => result?.outcome);
}

test('an event is delivered again once the flow has let go of what it works on for it', async (t) => {
  const world = aWorld(t);
  const work = await atRetryNode(world);
  assert.equal(work.scope.attempt?.signal.aborted, false);
  await world.deploy(['outer'], false);
  await world.settle();
  assert.equal(work.scope.result?.outcome, 'interrupted', 'the first try ends with its delivery');
  assert.equal(work.scope.attempt.signal.aborted, true, 'and our own nodes are told so');
  assert.deepEqual(deliveries(world), ['interrupted'], 'its node still works');
  await apart(() => world.process.flow.end(work, { how: 'done' }));
  await world.settle();
  assert.deepEqual(deliveries(world), ['interrupted', undefined]);
});

test('it waits no longer than for the time-out of the endpoint', async (t) => {
  const world = aWorld(t);
  await atRetryNode(world);
  await world.deploy(['outer'], false);
  await world.settle();
  await world.wait(29_000);
  assert.deepEqual(deliveries(world), ['interrupted']);
  await world.wait(1_000);
  await world.settle();
  assert.deepEqual(deliveries(world), ['interrupted', undefined]);
});

test('nor for a node that the deploy took away', async (t) => {
  const world = aWorld(t);
  await atRetryNode(world);
  await world.deploy(['outer', 'outer-work'], false);
  await world.settle();
  assert.deepEqual(deliveries(world), ['interrupted', undefined]);
});

test('a deploy that comes while it waits: it waits on', async (t) => {
  const world = aWorld(t);
  const work = await atRetryNode(world);
  await world.deploy(['outer'], false);
  await world.settle();
  await world.deploy(['side'], false);
  await apart(() => world.process.flow.end(work, { how: 'done' }));
  await world.settle();
  assert.deepEqual(deliveries(world), ['interrupted', undefined]);
});

test('a job that waits for what its time-out left does not start beside the next delivery', async (t) => {
  const world = aWorld(t);
  await world.settle();
  world.receive(null);
  await world.settle();
  const { flow } = world.process;
  // One branch works on, so that the event is handed over again when its node is taken away.
  await apart(() => flow.end(taskAt(world, 'top'), { how: 'pass', to: 3 }));
  await world.wait(60_000);
  await world.settle();
  const left = taskAt(world, 'outer-work');
  assert.equal(left.scope.result?.error?.category, 'TIMEOUT');
  const states = (): string[] =>
    world.disk.rows<{ state: string }>('SELECT state FROM retry_jobs').map(({ state }) => state);
  assert.deepEqual(states(), ['exhausting']);
  await world.deploy(['side'], false);
  await world.settle();
  await apart(() => flow.end(left, { how: 'done' }));
  await world.settle();
  assert.deepEqual(states(), ['superseded']);
  assert.equal(
    flow.scopes.some(({ kind }) => kind === 'job'),
    false,
  );
  assert.deepEqual(deliveries(world), ['interrupted', undefined]);
});

import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import type { Ending, NodeId } from '../../support/world/flow';
import { apart, World } from '../../support/world/world';

const DROP = { how: 'drop' } as const;

/** An event at the outer retry node, whose branch has one node. */
async function atRetryNode(t: TestContext): Promise<World> {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const world = new World({
    ...{ concurrency: 1, ordered: false, maxRetries: 1, quietMs: 0, catchable: false },
    explicit: false,
  });
  t.after(() => world.end());
  await world.settle();
  world.receive(null);
  await world.settle();
  await end(world, 'top', { how: 'pass', to: 2 });
  return world;
}

async function end(world: World, id: NodeId, ending: Ending): Promise<void> {
  const { flow } = world.process;
  const task = flow.tasks.find(({ node }) => node.id === id);
  assert.ok(task, `${id} works`);
  await apart(() => flow.end(task, ending));
  await world.settle();
}

const statuses = (world: World): unknown[] => world.disk.rows('SELECT status, reason FROM events');

test('filtered at the first try: the event is ignored', async (t) => {
  const world = await atRetryNode(t);
  await end(world, 'outer-work', DROP);
  assert.deepEqual(statuses(world), [{ status: 'ignored', reason: 'not wanted' }]);
});

test('parked, then filtered: a success, and the try says where the message was dropped', async (t) => {
  const world = await atRetryNode(t);
  await end(world, 'outer-work', { how: 'error' });
  assert.deepEqual(statuses(world), [{ status: 'retrying', reason: null }]);
  await world.wait(1000);
  await world.settle();
  await end(world, 'outer-work', DROP);
  assert.deepEqual(statuses(world), [{ status: 'success', reason: null }]);
  const tries = world.disk.rows<{ outcome: string; trail: string }>(
    `SELECT outcome, trail FROM attempts WHERE kind = 'retry' ORDER BY place`,
  );
  assert.deepEqual(
    tries.map(({ outcome, trail }) => [outcome, trail.includes('"dropped":"not wanted"')]),
    [
      ['failed', false],
      ['ignored', true],
    ],
  );
});

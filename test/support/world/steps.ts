import fc from 'fast-check';
import { NODE_IDS, type Ending, type NodeId, type Task } from './flow';
import { checkAtRest } from './rules';
import { apart, turns, type World, type WorldSettings } from './world';

export const WORLD_SETTINGS: fc.Arbitrary<WorldSettings> = fc.record({
  concurrency: fc.integer({ min: 1, max: 3 }),
  ordered: fc.nat(3).map((n) => n === 0),
  maxRetries: fc.constantFrom(0, 1, 1, 2),
  quietMs: fc.constantFrom(0, 150),
  catchable: fc.boolean(),
  explicit: fc.nat(6).map((n) => n === 0),
});

export type Step =
  | { readonly do: 'receive'; readonly key: number | null }
  | { readonly do: 'replay' | 'discard' | 'retry now' | 'cancel'; readonly which: number }
  | { readonly do: 'end'; readonly which: number; readonly ending: Ending }
  | { readonly do: 'complain' | 'send late'; readonly which: number }
  | { readonly do: 'wait'; readonly ms: number }
  | { readonly do: 'turns'; readonly count: number }
  | { readonly do: 'settle' | 'crash' }
  | { readonly do: 'deploy'; readonly nodes: readonly NodeId[]; readonly reportDone: boolean };

const which = fc.nat(7);
const one = <const T extends string>(name: T): fc.Arbitrary<{ do: T }> => fc.constant({ do: name });
const ending: fc.Arbitrary<Ending> = fc.oneof(
  { weight: 3, arbitrary: fc.constant({ how: 'done' as const }) },
  { weight: 5, arbitrary: fc.constant({ how: 'error' as const }) },
  { weight: 1, arbitrary: fc.constant({ how: 'permanent error' as const }) },
  { weight: 2, arbitrary: fc.constant({ how: 'drop' as const }) },
  {
    weight: 12,
    arbitrary: fc.record({ how: fc.constant('pass' as const), to: fc.integer({ min: 1, max: 7 }) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      how: fc.constant('verdict' as const),
      says: fc.constantFrom('success' as const, 'failure' as const, 'permanent' as const),
    }),
  },
);

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('receive' as const),
      key: fc.option(fc.nat(1)),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constantFrom(
        ...(['replay', 'discard', 'retry now', 'retry now', 'cancel', 'cancel'] as const),
      ),
      which,
    }),
  },
  { weight: 24, arbitrary: fc.record({ do: fc.constant('end' as const), which, ending }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constantFrom('complain' as const, 'send late' as const), which }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('wait' as const),
      ms: fc.constantFrom(10, 150, 1000, 1000, 4000, 31_000, 61_000),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('turns' as const),
      count: fc.integer({ min: 1, max: 6 }),
    }),
  },
  { weight: 24, arbitrary: one('settle') },
  { weight: 3, arbitrary: one('crash') },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('deploy' as const),
      nodes: fc.subarray(NODE_IDS),
      reportDone: fc.boolean(),
    }),
  },
);

export const WORLD_STEPS = fc.array(step, { minLength: 5, maxLength: 60, size: 'max' });

export async function takeSteps(
  world: World,
  steps: readonly Step[],
  afterEach: () => void,
): Promise<void> {
  for (const each of steps) {
    await take(world, each);
    world.check();
    afterEach();
  }
}

type Taken<S extends Step = Step> = {
  readonly [Name in S['do']]: (world: World, step: Extract<Step, { do: Name }>) => unknown;
};

const TAKE: Taken = {
  receive: (world, { key }) => {
    world.receive(key === null ? null : `key-${key}`);
  },
  end: (world, { which, ending }) => {
    const { flow } = world.process;
    return on(flow.tasks.filter(isOfTheTest), which, (task) => flow.end(task, ending));
  },
  complain: ({ process: { flow } }, { which }) =>
    on(flow.past, which, (task) => flow.complain(task)),
  'send late': ({ process: { flow } }, { which }) =>
    on(flow.past, which, (task) => flow.sendLate(task)),
  wait: (world, { ms }) => world.wait(ms),
  turns: (_world, { count }) => turns(count),
  settle: async (world) => {
    await world.settle();
    checkAtRest(world);
  },
  crash: (world) => {
    world.crash();
  },
  deploy: (world, { nodes, reportDone }) => world.deploy(nodes, reportDone),
  replay: (world, { which }) => world.steer('replay', which),
  discard: (world, { which }) => world.steer('discard', which),
  'retry now': (world, { which }) => world.steer('retry now', which),
  cancel: (world, { which }) => world.steer('cancel', which),
};

async function take(world: World, step: Step): Promise<void> {
  await TAKE[step.do](world, step as never);
}

/** Retry nodes end their work by themselves. */
export function isOfTheTest(task: Task): boolean {
  return task.node.type !== 'webhook-retry';
}

function on(tasks: readonly Task[], which: number, act: (task: Task) => void): Promise<void> {
  const task = tasks[which % Math.max(1, tasks.length)];
  return task === undefined ? Promise.resolve() : apart(() => act(task));
}

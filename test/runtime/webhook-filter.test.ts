import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { afterEach, before, describe, test } from 'node:test';
import type { Node, NodeAPI, NodeInitializer, NodeMessage } from 'node-red';
import helper from 'node-red-node-test-helper';

type Message = NodeMessage & Record<string, unknown>;

interface Completion {
  readonly error: Error | undefined;
}

const drops: { node: string; detail: string }[] = [];
let webhookFilter: NodeInitializer;

before(() => {
  const load = createRequire(__filename);
  helper.init(load.resolve('node-red'));
  // The flow tracker's part is played by the test.
  const path = load.resolve('../../nodes/shared/runtime/record-drop.js');
  const recordDrop = (_RED: NodeAPI, node: Node, _msg: NodeMessage, detail: string): void => {
    drops.push({ node: node.id, detail });
  };
  load.cache[path] = { id: path, loaded: true, exports: { recordDrop } } as NodeJS.Module;
  const module = load('../../nodes/webhook-filter/webhook-filter.js') as {
    default: NodeInitializer;
  };
  webhookFilter = module.default;
});

afterEach(async () => {
  await helper.unload();
  drops.length = 0;
});

const OPENED = {
  name: 'opened',
  match: 'all',
  conditions: [{ on: 'payload', key: 'action', op: 'eq', value: 'opened', valueType: 'str' }],
};
const ANY_ACTION = {
  name: 'any action',
  match: 'all',
  conditions: [{ on: 'payload', key: 'action', op: 'exists', value: '', valueType: 'str' }],
};

interface Run {
  /** Which outputs got a message, in order, and the message. */
  readonly received: { readonly output: number; readonly msg: Message }[];
  readonly completions: readonly Completion[];
  readonly filter: Node;
  send(msg: object): Promise<void>;
}

/** A filter whose outputs each have a node behind them, except the unwired ones. */
async function run(config: object, unwired: readonly number[] = []): Promise<Run> {
  const outputs = [0, 1, 2];
  await helper.load(webhookFilter, [
    {
      id: 'filter',
      type: 'webhook-filter',
      name: '',
      wires: outputs.map((output) => (unwired.includes(output) ? [] : [`out${output}`])),
      ...config,
    },
    ...outputs.map((output) => ({ id: `out${output}`, type: 'helper' })),
  ]);
  const filter = helper.getNode('filter');
  const received: Run['received'] = [];
  for (const output of outputs) {
    helper.getNode(`out${output}`).on('input', (msg) => {
      received.push({ output, msg: msg });
    });
  }
  const completions = recordCompletions(filter);
  const send = async (msg: object): Promise<void> => {
    const expected = completions.length + 1;
    filter.receive(msg as NodeMessage);
    for (let turns = 0; completions.length < expected && turns < 10_000; turns += 1)
      await nextTurn();
    // What was sent arrives within the next turns; nothing may come after.
    for (let turns = 0; turns < 10; turns += 1) await nextTurn();
    assert.equal(completions.length, expected, 'done is called exactly once');
  };
  return { received, completions, filter, send };
}

function recordCompletions(node: Node): Completion[] {
  const completions: Completion[] = [];
  const internals = node as unknown as { _complete(msg: unknown, error?: Error): void };
  const complete = internals._complete.bind(node);
  internals._complete = (msg, error) => {
    completions.push({ error });
    complete(msg, error);
  };
  return completions;
}

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

const outputsOf = ({ received }: Run): readonly number[] => received.map(({ output }) => output);

describe('webhook-filter', () => {
  test('in mode first, sends a message to the first rule that matches', async () => {
    const flow = await run({ rules: [OPENED, ANY_ACTION], mode: 'first' });
    await flow.send({ payload: { action: 'opened' } });
    await flow.send({ payload: { action: 'closed' } });
    await flow.send({ payload: 'text' });
    assert.deepEqual(outputsOf(flow), [0, 1, 2]);
    assert.deepEqual(drops, []);
  });

  test('in mode all, sends a message of its own to every rule that matches', async () => {
    const flow = await run({ rules: [OPENED, ANY_ACTION], mode: 'all' });
    const msg = { _msgid: 'm1', payload: { action: 'opened' } };
    await flow.send(msg);
    await flow.send({ payload: {} });
    assert.deepEqual(outputsOf(flow), [0, 1, 2]);
    const [first, second] = flow.received.map((one) => one.msg);
    assert.deepEqual(first?.payload, second?.payload);
    assert.notEqual(first, second);
    assert.notEqual(first?.payload, second?.payload);
    assert.deepEqual([first?._msgid, second?._msgid], ['m1', 'm1']);
  });

  test('records a drop, and sends nothing, where no rule matches and the last output is unwired', async () => {
    const flow = await run({ rules: [OPENED, ANY_ACTION], mode: 'first' }, [2]);
    await flow.send({ payload: { action: 'opened' } });
    assert.deepEqual(drops, []);
    await flow.send({ payload: { secret: 'hush' } });
    assert.deepEqual(outputsOf(flow), [0]);
    assert.deepEqual(drops, [
      {
        node: 'filter',
        detail:
          'No rule matched. opened, condition 1: payload "action" must equal "opened"; it is missing.',
      },
    ]);
  });

  test('records a drop where the outputs of all rules that match are unwired', async () => {
    const flow = await run({ rules: [OPENED, ANY_ACTION], mode: 'all' }, [0, 1]);
    await flow.send({ payload: { action: 'opened' } });
    assert.deepEqual(flow.received, []);
    assert.deepEqual(drops, [
      { node: 'filter', detail: 'Matched opened, any action, whose output is not wired.' },
    ]);
  });

  test('records no drop where one of the outputs is wired', async () => {
    const flow = await run({ rules: [OPENED, ANY_ACTION], mode: 'all' }, [0]);
    await flow.send({ payload: { action: 'opened' } });
    assert.deepEqual(outputsOf(flow), [1]);
    assert.deepEqual(drops, []);
  });

  test('without rules sends everything to its only output', async () => {
    const flow = await run({ rules: [], mode: 'first' });
    await flow.send({ payload: 1 });
    assert.deepEqual(outputsOf(flow), [0]);
  });

  test('looks at the parts of a webhook message, and of any other', async () => {
    const on = (source: string, key: string, value: string) => ({
      on: source,
      key,
      op: 'eq',
      value,
      valueType: 'str',
    });
    const rule = {
      name: 'everything',
      match: 'all',
      conditions: [
        on('path', '', '/hooks/x'),
        on('method', '', 'POST'),
        on('header', 'X-Kind', 'push'),
        on('query', 'tag', 'b'),
        on('ip', '', '203.0.113.9'),
        on('provider', '', 'github'),
        on('eventType', '', 'push'),
        on('msg', 'webhook.id', 'e1'),
        on('payload', '', 'hello'),
      ],
    };
    const flow = await run({ rules: [rule], mode: 'first', wires: [['out0'], ['out1']] });
    await flow.send({
      payload: 'hello',
      req: {
        path: '/hooks/x',
        method: 'POST',
        headers: { 'x-kind': 'push' },
        query: { tag: 'b' },
        ip: '203.0.113.9',
      },
      webhook: { id: 'e1', provider: 'github', eventType: 'push' },
    });
    for (const foreign of [{}, { req: 'x' }, { req: null, webhook: [] }, { payload: null }]) {
      await flow.send(foreign);
    }
    assert.deepEqual(outputsOf(flow), [0, 1, 1, 1, 1]);
  });

  test('reads a request of which the parts are on the prototype, as those of core nodes are', async () => {
    class Request {
      get path(): string {
        return '/x';
      }
    }
    const rule = {
      name: 'path',
      match: 'all',
      conditions: [{ on: 'path', key: '', op: 'glob', value: '/x', valueType: 'str' }],
    };
    const flow = await run({ rules: [rule], mode: 'first' });
    await flow.send({ req: new Request() });
    assert.deepEqual(outputsOf(flow), [0]);
  });

  test('ends with an error, once, where a message can not be read', async () => {
    const flow = await run({ rules: [OPENED], mode: 'first' });
    const hostile = Object.defineProperty({}, 'action', {
      enumerable: true,
      get: () => {
        throw new Error('no value');
      },
    });
    await flow.send({ payload: hostile });
    assert.deepEqual(flow.received, []);
    assert.equal(flow.completions[0]?.error?.message, 'no value');
  });

  test('shows rules that can not be used, and lets no message through', async () => {
    const broken = {
      ...OPENED,
      conditions: [{ on: 'path', key: '', op: 'regex', value: '(?=a)' }],
    };
    const flow = await run({ rules: [OPENED, broken], mode: 'first' });
    const words = /^Rule 2 \(opened\), condition 1: the regular expression uses look-ahead/;
    const errors = errorsOf('filter');
    assert.match(errors[0] ?? '', words);
    await flow.send({ payload: { action: 'opened' } });
    assert.deepEqual(flow.received, []);
    assert.match(flow.completions[0]?.error?.message ?? '', words);
  });

  test('has no status while all is well', async () => {
    const flow = await run({ rules: [OPENED], mode: 'first' });
    await flow.send({ payload: { action: 'opened' } });
    const { status } = flow.filter as unknown as { status: { callCount: number } };
    assert.equal(status.callCount, 0);
  });
});

/** The texts that a node logged as errors. */
function errorsOf(id: string): readonly string[] {
  const calls = helper.log().args as [{ id?: string; level: number; msg: unknown }][];
  return calls.filter(([log]) => log.id === id && log.level === 20).map(([log]) => String(log.msg));
}

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import test, { type TestContext } from 'node:test';
import { NODE_RED_MAJORS, NodeRedProcess, tab, type FlowNode } from '../support/node-red-process';
import { LEAN } from './lean-settings';

/**
 * A message that kills the process must not take Node-RED down for ever, nor the events that happen to
 * be in hand with it: each of those has to succeed.
 */
const UNFINISHED = ['pending', 'processing', 'retrying'];
const MOST_DEATHS = 6;

for (const major of NODE_RED_MAJORS) {
  test(`Node-RED ${major}: a poison behind a quick flow is given up, the events handed over with it are not`, async (t) => {
    const house = await PoisonedHouse.start(t, major, [
      endpoint('in', '/quick', 'work'),
      work('work', "if (msg.payload.poison) global.get('process').exit(1); return msg;"),
    ]);
    await house.send('/quick', numbered(20));
    const burst = numbered(100);
    burst[50] = { poison: true };
    const [poison, ...neighbours] = await house.sendUntilTaken('/quick', burst, 50);
    assert.equal(await house.livesOn(), 3, 'deaths');
    await house.assertPoisoned(poison!);
    await house.assertSucceeded(neighbours);
    await house.assertSucceeded(await house.send('/quick', numbered(20)));
  });
}

test('a poison of one endpoint does not take the slow events of another one with it', async (t) => {
  const house = await PoisonedHouse.start(t, 5, [
    endpoint('slow', '/slow', 'slowly'),
    work('slowly', 'setTimeout(() => { node.send(msg); node.done(); }, 700);'),
    endpoint('bad', '/bad', 'throws'),
    // Node-RED ends the process at an error that nobody catches; the timers of function nodes catch theirs.
    work('throws', "global.get('later')(() => { throw new Error('uncaught'); }, 50);"),
  ]);
  const neighbours = await house.send('/slow', numbered(5));
  const [poison] = await house.send('/bad', [{}]);
  assert.equal(await house.livesOn(), 3, 'deaths');
  await house.assertPoisoned(poison!);
  await house.assertSucceeded(neighbours);
});

test('a retry that kills the process is given up, the retries that are due with it are not', async (t) => {
  const house = await PoisonedHouse.start(t, 5, [
    endpoint('in', '/retried', 'retry'),
    {
      id: 'retry',
      type: 'webhook-retry',
      z: 'tab',
      delaySeconds: 0.5,
      retryOn: 'any',
      wires: [['work'], []],
    },
    work(
      'work',
      `if (msg.retry.attempt === 1) return node.error('not yet', msg);
       const poison = msg.payload.poison === true;
       setTimeout(() => {
         if (poison) global.get('process').exit(1);
         node.send(msg);
         node.done();
       }, 100);`,
    ),
  ]);
  const [poison, ...neighbours] = await house.send('/retried', [{ poison: true }, ...numbered(8)]);
  assert.equal(await house.livesOn(), 3, 'deaths');
  await house.assertPoisoned(poison!);
  await house.assertSucceeded(neighbours);
});

/** A Node-RED that somebody starts again each time that it dies. */
class PoisonedHouse {
  readonly #nodeRed: NodeRedProcess;

  private constructor(nodeRed: NodeRedProcess) {
    this.#nodeRed = nodeRed;
  }

  static async start(
    t: TestContext,
    major: 4 | 5,
    flow: readonly FlowNode[],
  ): Promise<PoisonedHouse> {
    const nodeRed = await NodeRedProcess.start({
      major,
      settings: LEAN,
      settingsCode: 'functionGlobalContext: { process, later: setTimeout },',
    });
    t.after(() => nodeRed.dispose());
    await nodeRed.deploy([tab('tab'), ...flow]);
    return new PoisonedHouse(nodeRed);
  }

  /** Sends all of them at once; their ids. */
  async send(path: string, payloads: readonly object[]): Promise<string[]> {
    return Promise.all(payloads.map((payload) => this.#post(path, payload, randomUUID())));
  }

  /** The same while the process may die: again after a restart, with the same ids. `first` goes to the front. */
  async sendUntilTaken(
    path: string,
    payloads: readonly object[],
    first: number,
  ): Promise<string[]> {
    const keys = payloads.map(() => randomUUID());
    const once = (): Promise<PromiseSettledResult<string>[]> =>
      Promise.allSettled(payloads.map((payload, n) => this.#post(path, payload, keys[n]!)));
    let results = await once();
    while (results.some(({ status }) => status === 'rejected')) {
      await this.#restart();
      results = await once();
    }
    const ids = results.map((result) => (result as PromiseFulfilledResult<string>).value);
    return [...ids.splice(first, 1), ...ids];
  }

  /** Starts it again until every event is final; how often it has died in all. */
  async livesOn(): Promise<number> {
    for (;;) {
      const found = await this.#nodeRed.waitFor(
        async () => (this.#isDead ? 'dead' : (await this.#isDone()) ? 'done' : undefined),
        'death, or a final status of every event',
        60_000,
      );
      if (found === 'done') return this.#deaths;
      await this.#restart();
    }
  }

  async assertPoisoned(id: string): Promise<void> {
    const { status, reason } = await this.#get(`/events/${id}`);
    assert.deepEqual([status, reason], ['failed', 'crashed the runtime']);
  }

  async assertSucceeded(ids: readonly string[]): Promise<void> {
    await this.#nodeRed.waitFor(async () => ((await this.#isDone()) ? true : undefined), 'the end');
    const { events } = await this.#get('/events?limit=500');
    const statuses = new Map(events.map((event: any) => [event.id, event.status]));
    const others = ids.filter((id) => statuses.get(id) !== 'success');
    const details = await Promise.all(others.map((id) => this.#get(`/events/${id}`)));
    assert.deepEqual(
      details.map(({ status, reason }) => ({ status, reason })),
      [],
    );
  }

  get #deaths(): number {
    return this.#nodeRed.log.filter((line) => line.startsWith('(Node-RED ended')).length;
  }

  get #isDead(): boolean {
    return this.#nodeRed.log.at(-1)?.startsWith('(Node-RED ended') === true;
  }

  async #restart(): Promise<void> {
    await this.#nodeRed.waitFor(() => (this.#isDead ? true : undefined), 'death');
    assert.ok(this.#deaths < MOST_DEATHS, `it has died ${this.#deaths} times`);
    const from = this.#nodeRed.log.length;
    this.#nodeRed.spawn();
    await this.#nodeRed.waitForLog(/Started flows|^\(Node-RED ended/, from, 30_000);
  }

  async #isDone(): Promise<boolean> {
    try {
      const { byStatus } = await this.#get('/stats');
      return UNFINISHED.every((status) => byStatus[status] === 0);
    } catch {
      return false;
    }
  }

  async #post(path: string, payload: object, key: string): Promise<string> {
    const response = await fetch(this.#nodeRed.url(path), {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-delivery': key },
      body: JSON.stringify(payload),
      signal: AbortSignal.timeout(20_000),
    });
    assert.equal(response.status, 200);
    return ((await response.json()) as { event_id: string }).event_id;
  }

  async #get(path: string): Promise<any> {
    const response = await fetch(this.#nodeRed.url(`/apilinker-webhooks${path}`));
    assert.equal(response.status, 200);
    return response.json();
  }
}

function endpoint(id: string, path: string, to: string): FlowNode {
  const dedupKey = 'header:x-delivery';
  return { id, type: 'webhook-in', z: 'tab', path, dedupKey, wires: [[to]] };
}

function work(id: string, func: string): FlowNode {
  return { id, type: 'function', z: 'tab', name: '', func, outputs: 1, wires: [[]] };
}

function numbered(count: number): object[] {
  return Array.from({ length: count }, (_, n) => ({ n }));
}

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { NodeRedProcess, tab, type FlowNode, type NodeRedMajor } from '../support/node-red-process';
import { LEAN } from './lean-settings';
import { FAULT_POINTS, HIT_SUFFIX, type Fault, type FaultPoint } from './fault-points';

/** More than the endpoint takes at once: some events wait. */
const CONNECTIONS = 20;
const CONCURRENCY = 4;
const PAGE = 500;
const UNFINISHED = ['pending', 'processing', 'retrying'];
/** Reached by the process that takes up what a killed one left: these kill twice. */
const AT_START: readonly FaultPoint[] = ['before take-up', 'taken up', 'claimed'];

/** What became of the events of one point. */
export interface CrashReport {
  readonly point: FaultPoint;
  /** Events that were sent, and how many of them were acknowledged before the process died. */
  readonly sent: number;
  readonly acknowledged: number;
  /** Sent events that reached their final status, which is `success` for all. */
  readonly success: number;
  /** Events that the flow saw more than once, and whether each further delivery said so. */
  readonly twice: number;
  readonly marked: number;
  /** Messages of a retry node whose attempt the process did not survive. */
  readonly jobsTwice: number;
}

interface Delivery {
  readonly id: string;
  readonly redelivered: boolean;
}

/**
 * A Node-RED that is made to die at named points, again and again, with the load of a sender that sends
 * again what was not acknowledged. One in five messages fails at first and is parked at a retry node.
 */
export class CrashRun {
  readonly #nodeRed: NodeRedProcess;
  readonly #faultFile: string;

  private constructor(nodeRed: NodeRedProcess, faultFile: string) {
    this.#nodeRed = nodeRed;
    this.#faultFile = faultFile;
  }

  static async start(major: NodeRedMajor): Promise<CrashRun> {
    const faultFile = join('/tmp', `fault-${randomUUID()}`);
    const nodeRed = await NodeRedProcess.start({
      major,
      settings: LEAN,
      env: {
        NODE_OPTIONS: `--require ${join(__dirname, 'fault-preload.js')}`,
        FAULT_FILE: faultFile,
      },
    });
    await nodeRed.deploy(FLOW);
    return new CrashRun(nodeRed, faultFile);
  }

  async dispose(): Promise<void> {
    await this.#nodeRed.dispose();
    this.#disarm();
  }

  /** Sends `count` events, has the process killed at the point meanwhile, and starts it again. */
  async crash(point: FaultPoint, hit: number, count: number): Promise<CrashReport> {
    const from = this.#nodeRed.log.length;
    const deploys = point.startsWith('flows ');
    const ids = new Map<string, string>();
    const keys = Array.from({ length: count }, (_, n) => `${point} ${n} ${randomUUID()}`);
    if (AT_START.includes(point)) {
      await this.#die('in the flow', hit, keys, ids, false);
      await this.#dieAtStart(point);
    } else await this.#die(point, deploys ? 1 : hit, keys, ids, deploys);
    const acknowledged = ids.size;
    await this.#nodeRed.start();
    await this.#send(keys, ids);
    assert.equal(ids.size, count, 'after the restart each event is acknowledged');
    await this.#allTerminal(count);
    return this.#report(point, acknowledged, ids, from);
  }

  /**
   * Ends the thread of the store at the point, under the same load. The process lives on: what is
   * refused meanwhile is sent again until it is taken.
   */
  async endThread(point: FaultPoint, hit: number, count: number): Promise<CrashReport> {
    const from = this.#nodeRed.log.length;
    const ids = new Map<string, string>();
    const keys = Array.from({ length: count }, (_, n) => `${point} ${n} ${randomUUID()}`);
    this.#arm({ id: randomUUID(), point, hit, action: 'end thread' });
    await this.#send(keys, ids);
    const acknowledged = ids.size;
    this.#wasHit(point);
    await this.#nodeRed.waitForLog(/history's thread died and is started again/, from);
    while (ids.size < count) await this.#send(keys, ids);
    await this.#allTerminal(count);
    return this.#report(point, acknowledged, ids, from);
  }

  async #die(
    point: FaultPoint,
    hit: number,
    keys: readonly string[],
    ids: Map<string, string>,
    deploys: boolean,
  ): Promise<void> {
    const from = this.#nodeRed.log.length;
    this.#arm({ id: randomUUID(), point, hit, action: 'kill' });
    let deployAt = deploys ? Math.floor(keys.length / 4) : Infinity;
    const sending = this.#send(keys, ids, (sent) => {
      if (sent < deployAt) return;
      deployAt = Infinity;
      this.#nodeRed.deploy(FLOW).catch(() => undefined);
    });
    await this.#nodeRed.waitForLog(/^\(Node-RED ended/, from, 30_000);
    await sending;
    this.#wasHit(point);
  }

  async #dieAtStart(point: FaultPoint): Promise<void> {
    const from = this.#nodeRed.log.length;
    this.#arm({ id: randomUUID(), point, hit: 1, action: 'kill' });
    this.#nodeRed.spawn();
    await this.#nodeRed.waitForLog(/^\(Node-RED ended/, from, 30_000);
    this.#wasHit(point);
  }

  #arm(fault: Fault): void {
    writeFileSync(this.#faultFile, JSON.stringify(fault));
  }

  #wasHit(point: FaultPoint): void {
    const hit = existsSync(this.#faultFile + HIT_SUFFIX);
    this.#disarm();
    assert.ok(hit, `the point "${point}" (${FAULT_POINTS[point]}) was never reached`);
  }

  #disarm(): void {
    for (const suffix of ['', HIT_SUFFIX]) rmSync(this.#faultFile + suffix, { force: true });
  }

  /** Sends what has no id yet; stops where the connection is refused or dies. */
  async #send(
    keys: readonly string[],
    ids: Map<string, string>,
    onSent: (sent: number) => void = () => undefined,
  ): Promise<void> {
    const waiting = keys.filter((key) => !ids.has(key));
    const worker = async (): Promise<void> => {
      for (let key = waiting.shift(); key !== undefined; key = waiting.shift()) {
        const answer = await this.#post(key, keys.indexOf(key));
        if (answer === null) return;
        assert.ok(answer.status === 200 || answer.status === 503, `${answer.status}`);
        if (answer.status === 200) ids.set(key, answer.body.event_id);
        onSent(keys.length - waiting.length);
      }
    };
    await Promise.all(Array.from({ length: CONNECTIONS }, worker));
  }

  async #post(key: string, n: number): Promise<{ status: number; body: any } | null> {
    try {
      const response = await fetch(this.#nodeRed.url('/crash'), {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-delivery': key },
        body: JSON.stringify({ n, text: 'x'.repeat(2000) }),
        signal: AbortSignal.timeout(20_000),
      });
      return { status: response.status, body: await response.json() };
    } catch {
      return null;
    }
  }

  async #allTerminal(count: number): Promise<void> {
    await this.#nodeRed.waitFor(
      async () => {
        const { byStatus } = await this.#get('/stats');
        return UNFINISHED.every((status) => byStatus[status] === 0) ? true : undefined;
      },
      'a final status of every event',
      30_000 + count * 20,
    );
  }

  async #report(
    point: FaultPoint,
    acknowledged: number,
    ids: ReadonlyMap<string, string>,
    from: number,
  ): Promise<CrashReport> {
    const wanted = new Set(ids.values());
    assert.equal(wanted.size, ids.size, 'each event of the sender is one event here');
    const found = await this.#find(wanted);
    const seen = new Map<string, Delivery[]>([...wanted].map((id) => [id, []]));
    for (const delivery of this.#deliveries(from)) seen.get(delivery.id)?.push(delivery);
    const twice = [...seen.values()].filter((deliveries) => deliveries.length > 1);
    let jobsTwice = 0;
    for (const event of found) {
      const times = seen.get(event.id)?.length ?? 0;
      assert.ok(times > 0, `event ${event.id} (${event.status}) never reached the flow`);
      if (times > 1 || event.attempt > 1) jobsTwice += await this.#repeatedAsTold(event.id, times);
    }
    return {
      point,
      sent: ids.size,
      acknowledged,
      success: found.filter(({ status }) => status === 'success').length,
      twice: twice.length,
      marked: twice.filter((all) => all.slice(1).every(({ redelivered }) => redelivered)).length,
      jobsTwice,
    };
  }

  /**
   * docs/DELIVERY.md: a second delivery follows only upon an attempt whose end was not on disk, or one
   * that a deploy interrupted. Returns the attempts of jobs that the process did not survive.
   */
  async #repeatedAsTold(id: string, times: number): Promise<number> {
    const { attempts } = await this.#get(`/events/${id}`);
    const cut = ['crashed', 'interrupted'];
    const repeats = (attempts as any[]).filter(
      (attempt) => attempt.kind === 'delivery' && cut.includes(attempt.outcome),
    );
    assert.ok(
      times <= 1 + repeats.length,
      `event ${id} was delivered ${times} times: ${JSON.stringify(attempts)}`,
    );
    return (attempts as any[]).filter((a) => a.kind === 'retry' && a.outcome === 'crashed').length;
  }

  /** The stored events with these ids; they are the newest ones. */
  async #find(wanted: ReadonlySet<string>): Promise<any[]> {
    const found: any[] = [];
    for (let before = ''; found.length < wanted.size;) {
      const { events } = await this.#get(`/events?limit=${PAGE}${before}`);
      if (events.length === 0) break;
      found.push(...events.filter(({ id }: { id: string }) => wanted.has(id)));
      before = `&before=${String(events.at(-1).id)}`;
    }
    const missing = [...wanted].filter((id) => !found.some((event) => event.id === id));
    assert.deepEqual(missing, [], 'acknowledged events that are not in the store');
    return found;
  }

  #deliveries(from: number): Delivery[] {
    return this.#nodeRed.log
      .slice(from)
      .map((line) => /DELIVERED (\{.*\})$/.exec(line)?.[1])
      .filter((json) => json !== undefined)
      .map((json) => JSON.parse(json) as Delivery);
  }

  async #get(path: string): Promise<any> {
    const response = await fetch(this.#nodeRed.url(`/apilinker-webhooks${path}`));
    assert.equal(response.status, 200);
    return response.json();
  }
}

/** The reports as a table, for the output of the test. */
export function crashTable(reports: readonly CrashReport[]): string[] {
  const rows = reports.map((report) =>
    Object.values(report).map((value: string | number) => String(value)),
  );
  const heads = ['at', 'sent', 'acknowledged', 'success', 'twice', 'marked', 'jobs twice'];
  const widths = heads.map((head, n) =>
    Math.max(head.length, ...rows.map((row) => row[n]!.length)),
  );
  return [heads, ...rows].map((row) => row.map((cell, n) => cell.padEnd(widths[n]!)).join('  '));
}

/** Not the whole message, as a probe does: here are thousands. */
const SEEN = `
const { id, redelivered } = msg.webhook;
node.warn('DELIVERED ' + JSON.stringify({ id, redelivered }));
return msg;`;

const STEP = `
const first = msg.retry.attempt === 1;
setTimeout(() => {
  if (first && msg.payload.n % 5 === 0) return node.error('not yet', msg);
  node.send(msg);
  node.done();
}, 1);`;

const FLOW: readonly FlowNode[] = [
  tab('tab'),
  { id: 'history', type: 'webhook-history', name: '', store: 'sqlite', maxEvents: 0 },
  {
    id: 'in',
    type: 'webhook-in',
    z: 'tab',
    path: '/crash',
    dedupKey: 'header:x-delivery',
    concurrency: CONCURRENCY,
    history: 'history',
    wires: [['seen']],
  },
  { id: 'seen', type: 'function', z: 'tab', name: '', func: SEEN, outputs: 1, wires: [['retry']] },
  {
    id: 'retry',
    type: 'webhook-retry',
    z: 'tab',
    delaySeconds: 0.1,
    retryOn: 'any',
    history: 'history',
    wires: [['step'], []],
  },
  { id: 'step', type: 'function', z: 'tab', name: '', func: STEP, outputs: 1, wires: [[]] },
];

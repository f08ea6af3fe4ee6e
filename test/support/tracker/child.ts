import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { NodeAPI } from 'node-red';
import { bindTracker } from '../../../nodes/shared/runtime/bind-tracker';
import type { Attempt, AttemptOptions, AttemptResult } from '../../../src/delivery/attempt';
import type { FlowMessage } from '../../../src/delivery/flow-hooks';
import { FlowTracker } from '../../../src/delivery/flow-tracker';
import { systemClock } from '../../../src/shared/clock';
import { compileFlow, wrapperId, type FlowEntry, type FlowSource } from './flow-parts';
import { concurrencySets, deployRows, scenarios, type DeployRow, type Targets } from './scenarios';
import { HOOKS, THROWING_SCENARIOS, type Hook } from './hooks';
import { connectTestNodes } from './test-nodes';

/**
 * Runs the tracker's scenarios in a real Node-RED within this process and prints what it saw, a line
 * of JSON each. usage: node child.js <folder of node-red> [settings as JSON]
 */
export type Line =
  | { readonly kind: 'version'; readonly version: string }
  | { readonly kind: 'scenario'; readonly name: string; readonly seen: Seen }
  | { readonly kind: 'set'; readonly name: string; readonly seen: readonly Seen[] }
  | { readonly kind: 'deploy'; readonly name: string; readonly seen: Seen }
  | {
      readonly kind: 'throwing';
      readonly hook: Hook;
      /** Messages that reached their sinks all the same. */
      readonly arrived: number;
      readonly faults: number;
    }
  | { readonly kind: 'end'; readonly openAttempts: number; readonly faults: readonly string[] };

export interface Seen {
  readonly outcome: AttemptResult['outcome'];
  readonly error: string | null;
  readonly ms: number;
  /** How often an end was reported. */
  readonly reports: number;
  readonly sinksAtEnd: number;
  /** Some time after the last attempt. */
  readonly sinksLater: number;
}

const OPTIONS: AttemptOptions = {
  timeoutMs: 5000,
  quietMs: 150,
  failOnHttpStatus: false,
  acceptStatus: [],
  outcome: 'automatic',
};
const IN_PARALLEL = 40;

/** What require('node-red') gives, as far as it is used here. */
type EmbeddedRed = Omit<NodeAPI, 'version'> & {
  version(): string;
  init(server: Server, settings: object): void;
  start(): Promise<void>;
  stop(): Promise<void>;
  readonly runtime: {
    readonly flows: {
      setFlows(opts: { flows: { flows: FlowEntry[] }; deploymentType: string }): Promise<unknown>;
    };
  };
};

interface Run {
  readonly attempt: Attempt;
  readonly ended: Promise<void>;
  seen(): Seen;
}

class ScenarioHost {
  readonly #red: EmbeddedRed;
  readonly #tracker: FlowTracker;
  readonly #sinks = new Map<string, number>();
  readonly faults: string[] = [];

  constructor(red: EmbeddedRed) {
    this.#red = red;
    this.#tracker = new FlowTracker({
      clock: systemClock,
      newMessageId: red.util.generateId,
      isCatchable: () => true,
    });
    bindTracker(red as unknown as NodeAPI, this.#tracker, (thrown) =>
      this.faults.push(String(thrown)),
    );
    red.events.on('flows:stopping', () => this.#tracker.freeze());
    red.events.on('flows:stopped', () => this.#tracker.thaw());
    connectTestNodes({
      sinkReached: (key) => this.#sinks.set(key, this.#sinksOf(key) + 1),
    });
  }

  get openAttempts(): number {
    return this.#tracker.openAttempts;
  }

  run(key: string, payload: unknown = 'hello'): Run {
    const wrapper = this.#red.nodes.getNode(wrapperId(key));
    const results: AttemptResult[] = [];
    const startedAt = performance.now();
    let ms = 0;
    let sinksAtEnd = 0;
    let end = (): void => undefined;
    const ended = new Promise<void>((resolved) => {
      end = resolved;
    });
    const attempt = this.#tracker.start(
      OPTIONS,
      {
        onConcluded: (result) => {
          results.push(result);
          ms = Math.round(performance.now() - startedAt);
          sinksAtEnd = this.#sinksOf(key);
          end();
        },
      },
      this.#red.util.cloneMessage<FlowMessage>({ payload }),
      (msg) => wrapper.send(msg),
    );
    const seen = (): Seen => ({
      outcome: results[0]?.outcome ?? 'interrupted',
      error: results[0]?.error?.message ?? null,
      ms,
      reports: results.length,
      sinksAtEnd,
      sinksLater: this.#sinksOf(key),
    });
    return { attempt, ended, seen };
  }

  /** Sends a message through each of these flows while one of the hooks throws. */
  async runThrowing(
    hook: Hook,
    keys: readonly string[],
  ): Promise<{ arrived: number; faults: number }> {
    const before = this.faults.length;
    const reached = (): number => keys.reduce((sum, key) => sum + this.#sinksOf(key), 0);
    const from = reached();
    Object.defineProperty(this.#tracker, hook, {
      configurable: true,
      value: () => {
        throw new Error(`${hook} is broken`);
      },
    });
    for (const key of keys) this.#red.nodes.getNode(wrapperId(key)).send({ payload: 'hello' });
    const deadline = performance.now() + 2000;
    while (reached() < from + keys.length && performance.now() < deadline) {
      await new Promise((done) => setImmediate(done));
    }
    Reflect.deleteProperty(this.#tracker, hook);
    return { arrived: reached() - from, faults: this.faults.splice(before).length };
  }

  #sinksOf(key: string): number {
    return this.#sinks.get(key) ?? 0;
  }
}

const print = (line: Line): void => void process.stdout.write(`${JSON.stringify(line)}\n`);

async function main(folder: string, settings: object): Promise<void> {
  const userDir = mkdtempSync(join(tmpdir(), 'tracker-'));
  const targetServer = await startTarget();
  const targets = await targetsOf(targetServer);
  const flows = flowsOf(targets);
  prepareUserDir(userDir, flows);
  // eslint-disable-next-line @typescript-eslint/no-require-imports
  const red = require(resolve(folder)) as EmbeddedRed;
  red.init(createServer(), {
    userDir,
    flowFile: 'flows.json',
    httpAdminRoot: false,
    httpNodeRoot: false,
    logging: { console: { level: 'off' } },
    telemetry: { enabled: false, updateNotification: false },
    ...settings,
  });
  const host = new ScenarioHost(red);
  const started = once(red.events, 'flows:started');
  await red.start();
  await started;
  print({ kind: 'version', version: red.version() });

  await runScenarios(host, targets);
  await runSets(host, targets);
  await runDeploys(host, red, flows);
  for (const hook of HOOKS)
    print({ kind: 'throwing', hook, ...(await throwing(host, hook, targets)) });
  await forgotten(host);
  print({ kind: 'end', openAttempts: host.openAttempts, faults: host.faults });
  await red.stop();
  targetServer.close();
  rmSync(userDir, { recursive: true, force: true });
}

async function runScenarios(host: ScenarioHost, targets: Targets): Promise<void> {
  const runs = scenarios(targets).map(({ name, payload }, i) => ({
    name,
    run: host.run(scenarioKey(i), payload),
  }));
  await Promise.all(runs.map(({ run }) => run.ended));
  for (const { name, run } of runs) print({ kind: 'scenario', name, seen: run.seen() });
}

/** What never reports done is forgotten as long after its time-out as that is. */
async function forgotten(host: ScenarioHost): Promise<void> {
  const deadline = performance.now() + 2 * OPTIONS.timeoutMs;
  while (host.openAttempts > 0 && performance.now() < deadline) {
    await new Promise((done) => setTimeout(done, 50));
  }
}

function throwing(
  host: ScenarioHost,
  hook: Hook,
  targets: Targets,
): Promise<{ arrived: number; faults: number }> {
  const names = scenarios(targets).map(({ name }) => name);
  const keys = THROWING_SCENARIOS.map((name) => scenarioKey(names.indexOf(name)));
  return host.runThrowing(hook, keys);
}

async function runSets(host: ScenarioHost, targets: Targets): Promise<void> {
  for (const [i, set] of concurrencySets(targets).entries()) {
    const runs = Array.from({ length: IN_PARALLEL }, (_, n) =>
      host.run(setKey(i), set.attempt(n).payload),
    );
    await Promise.all(runs.map(({ ended }) => ended));
    print({ kind: 'set', name: set.name, seen: runs.map((run) => run.seen()) });
  }
}

async function runDeploys(host: ScenarioHost, red: EmbeddedRed, flows: FlowEntry[]): Promise<void> {
  for (const [i, row] of deployRows.entries()) {
    const run = host.run(deployKey(i), row.payload);
    await held(run.attempt, row);
    const started = once(red.events, 'flows:started');
    await red.runtime.flows.setFlows(deployOf(row, flows, i));
    await started;
    await run.ended;
    print({ kind: 'deploy', name: row.name, seen: run.seen() });
  }
}

/** Waits until the message lies with the node that the row is about. */
async function held(attempt: Attempt, { flow }: DeployRow): Promise<void> {
  const last = Object.values(flow.parts).at(-2)?.type;
  while (!attempt.trail.nodes().some((node) => node.type === last)) {
    await new Promise((done) => setImmediate(done));
  }
  await new Promise((done) => setImmediate(done));
}

function deployOf(
  row: DeployRow,
  flows: FlowEntry[],
  i: number,
): { flows: { flows: FlowEntry[] }; deploymentType: string } {
  if (row.deploy === 'full') return { flows: { flows }, deploymentType: 'full' };
  const changed = flows.map((node) =>
    node.id === `${scenarioKey(0)}-n1` ? { ...node, name: `changed ${i}` } : node,
  );
  return { flows: { flows: changed }, deploymentType: 'flows' };
}

const scenarioKey = (i: number): string => `scenario${i}`;
const setKey = (i: number): string => `set${i}`;
const deployKey = (i: number): string => `deploy${i}`;

function flowsOf(targets: Targets): FlowEntry[] {
  const compile = (sources: readonly Omit<FlowSource, 'key'>[], key: (i: number) => string) =>
    sources.flatMap((source, i) => compileFlow({ ...source, key: key(i) }));
  return [
    ...compile(scenarios(targets), scenarioKey),
    ...compile(
      concurrencySets(targets).map(({ flow }) => flow),
      setKey,
    ),
    ...compile(
      deployRows.map(({ flow }) => flow),
      deployKey,
    ),
  ];
}

async function startTarget(): Promise<Server> {
  const server = createServer((request, response) => {
    const status = request.url === '/500' ? 500 : 200;
    setTimeout(() => response.writeHead(status).end('answer'), 60);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

async function targetsOf(server: Server): Promise<Targets> {
  const closed = createServer().listen(0, '127.0.0.1');
  await once(closed, 'listening');
  const refusedUrl = `http://127.0.0.1:${(closed.address() as AddressInfo).port}`;
  closed.close();
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, refusedUrl };
}

/** The test's nodes are taken from the build by a stub beside the html that Node-RED wants. */
function prepareUserDir(userDir: string, flows: readonly FlowEntry[]): void {
  const nodes = join(userDir, 'nodes');
  mkdirSync(nodes);
  const built = JSON.stringify(join(__dirname, 'test-nodes.js'));
  writeFileSync(
    join(nodes, 'tracker.js'),
    `module.exports = (RED) => require(${built}).registerTestNodes(RED);\n`,
  );
  writeFileSync(join(nodes, 'tracker.html'), '<script type="text/javascript"></script>\n');
  writeFileSync(join(userDir, 'flows.json'), JSON.stringify(flows));
}

const [folder = '', settings = '{}'] = process.argv.slice(2);
void main(folder, JSON.parse(settings) as object);

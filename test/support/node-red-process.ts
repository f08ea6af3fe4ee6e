import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';

/**
 * A real Node-RED in a process of its own, with this package installed in its user directory. It
 * loads what `npm run build` made; WEBHOOKS_PACKAGE in the environment names another folder to load.
 */
export type NodeRedMajor = 4 | 5;
export const NODE_RED_MAJORS: readonly NodeRedMajor[] = [4, 5];

const RED_JS: Readonly<Record<NodeRedMajor, string>> = {
  4: 'node_modules/node-red-4/red.js',
  5: 'node_modules/node-red/red.js',
};
const PACKAGE = '@apilinker/node-red-webhooks';
/** See `scripts/test.mjs`. */
const KEEP_COMPILED = ['--require', resolve('test/support/keep-compiled.cjs')];
const START_TIMEOUT_MS = 30_000;
/** Core nodes that no flow of a test has: the libraries behind them take a fifth of each start. */
const UNUSED_NODES = [
  ...['10-mqtt.js', '22-websocket.js', '31-tcpin.js', '32-udp.js', '23-watch.js'],
  ...['70-CSV.js', '70-HTML.js', '70-XML.js'],
];

export interface NodeRedOptions {
  readonly major: NodeRedMajor;
  /** Settings that are JSON. */
  readonly settings?: Readonly<Record<string, unknown>>;
  /** Source of further properties of the settings object, for functions: `httpNodeMiddleware: (req, res, next) => next(),` */
  readonly settingsCode?: string;
  /** Flows that are there at the first start (without credentials; `deploy` takes those). */
  readonly flows?: readonly FlowNode[];
  readonly env?: Readonly<Record<string, string>>;
  /** Further files of the user directory, by their path in it; nodes go to `nodes/`. */
  readonly files?: Readonly<Record<string, string | Uint8Array>>;
  /** false: a user directory without this package, to install it into. */
  readonly withPackage?: boolean;
  /** What `start` waits for; the default is the log line of started flows. */
  readonly readyWhen?: RegExp;
  /** Arguments of node itself, before red.js. */
  readonly execArgv?: readonly string[];
}

export interface FlowNode {
  readonly id: string;
  readonly type: string;
  readonly [property: string]: unknown;
}

export class NodeRedProcess {
  readonly major: NodeRedMajor;
  readonly port: number;
  readonly userDir: string;
  /** What was printed, line by line, over all starts. */
  readonly log: string[] = [];
  #child: ChildProcess | undefined;
  readonly #options: NodeRedOptions;
  readonly #watchers = new Set<() => void>();

  private constructor(options: NodeRedOptions, port: number) {
    this.#options = options;
    this.major = options.major;
    this.port = port;
    this.userDir = mkdtempSync(join(tmpdir(), `node-red-${options.major}-`));
    prepareUserDir(this.userDir, port, options);
  }

  /** Makes a user directory and starts Node-RED in it. */
  static async start(options: NodeRedOptions): Promise<NodeRedProcess> {
    const nodeRed = new NodeRedProcess(options, await freePort());
    await nodeRed.start();
    return nodeRed;
  }

  get pid(): number {
    const pid = this.#child?.pid;
    if (pid === undefined) throw new Error('Node-RED is not running');
    return pid;
  }

  /** A URL of this Node-RED; the path begins with a slash. */
  url(path: string): string {
    return `http://127.0.0.1:${this.port}${path}`;
  }

  /** Starts the process again after `stop` or `kill`, on the same port and user directory. */
  async start(): Promise<void> {
    const from = this.log.length;
    this.spawn();
    await this.waitForLog(this.#options.readyWhen ?? /Started flows/, from, START_TIMEOUT_MS);
  }

  /** Starts the process without waiting for anything. */
  spawn(): void {
    const { major, env, execArgv = [] } = this.#options;
    const child = spawn(
      process.execPath,
      [...KEEP_COMPILED, ...execArgv, resolve(RED_JS[major]), '-u', this.userDir],
      {
        env: { ...process.env, NODE_OPTIONS: '', ...env },
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
    this.#child = child;
    this.#collect(child.stdout);
    this.#collect(child.stderr);
    child.on('exit', (code, signal) => {
      this.log.push(`(Node-RED ended: ${signal ?? code})`);
      this.#changed();
    });
  }

  /** An orderly stop, as a service manager does it. */
  async stop(): Promise<void> {
    await this.#end('SIGTERM');
  }

  /** kill -9. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  /** Stops for good and removes the user directory. */
  async dispose(): Promise<void> {
    await this.kill();
    rmSync(this.userDir, { recursive: true, force: true });
  }

  /**
   * Deploys through the admin API, as the editor does; a node's `credentials` property is stored as
   * its credentials. Resolves when the flows are started.
   */
  async deploy(
    flows: readonly FlowNode[],
    type: 'full' | 'nodes' | 'flows' = 'full',
    adminRoot = '',
  ): Promise<void> {
    const from = this.log.length;
    await this.post(flows, type, adminRoot);
    await this.waitForLog(/Started (modified )?(flows|nodes)/, from);
  }

  /** Deploys without waiting for the flows to start. Resolves when the old ones are stopped. */
  async post(
    flows: readonly FlowNode[],
    type: 'full' | 'nodes' | 'flows' = 'full',
    adminRoot = '',
  ): Promise<void> {
    const response = await fetch(this.url(`${adminRoot}/flows`), {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'Node-RED-Deployment-Type': type },
      body: JSON.stringify(flows),
      signal: AbortSignal.timeout(START_TIMEOUT_MS),
    });
    if (response.status !== 204) {
      throw new Error(`Deploy answered ${response.status}: ${await response.text()}`);
    }
  }

  /** The first log line from index `from` on that matches. */
  async waitForLog(pattern: RegExp, from = 0, timeoutMs = 10_000): Promise<string> {
    return this.waitFor(
      () => this.log.slice(from).find((line) => pattern.test(line)),
      `a log line like ${String(pattern)}`,
      timeoutMs,
    );
  }

  /** What the probe nodes (see `probe`) received, in order. */
  received(): any[] {
    return this.log
      .map((line) => /PROBE (\{.*\})$/.exec(line)?.[1])
      .filter((json) => json !== undefined)
      .map((json) => JSON.parse(json));
  }

  /** Waits until a probe received `count` messages in all. */
  async waitForReceived(count: number, timeoutMs = 10_000): Promise<any[]> {
    return this.waitFor(
      () => {
        const messages = this.received();
        return messages.length >= count ? messages : undefined;
      },
      `${count} message(s) in the flow`,
      timeoutMs,
    );
  }

  /** Waits until `look` finds something; it looks again at every log line and every 50 ms. */
  async waitFor<T>(
    look: () => T | undefined | Promise<T | undefined>,
    what: string,
    timeoutMs = 10_000,
  ): Promise<T> {
    const deadline = Date.now() + timeoutMs;
    for (;;) {
      const found = await look();
      if (found !== undefined) return found;
      if (Date.now() > deadline) {
        throw new Error(
          `Waited ${timeoutMs} ms for ${what}. Log:\n${this.log.slice(-40).join('\n')}`,
        );
      }
      await this.#nextChange(50);
    }
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill(signal);
    await ended;
  }

  #collect(stream: NodeJS.ReadableStream | null): void {
    let rest = '';
    stream?.setEncoding('utf8').on('data', (chunk: string) => {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() ?? '';
      this.log.push(...lines);
      this.#changed();
    });
  }

  #changed(): void {
    for (const wake of this.#watchers) wake();
  }

  async #nextChange(atMostMs: number): Promise<void> {
    await new Promise<void>((done) => {
      const wake = (): void => {
        clearTimeout(timer);
        this.#watchers.delete(wake);
        done();
      };
      const timer = setTimeout(wake, atMostMs);
      this.#watchers.add(wake);
    });
  }
}

/**
 * A function node that prints each message for `received()`: plain data, Buffers as
 * `{"base64": ...}`, without msg.res (and the live msg.req of core's `http in`).
 */
export function probe(id: string, z: string): FlowNode {
  const func = [
    'const seen = { ...msg }; delete seen.res;',
    'if (seen.req && seen.req.socket) delete seen.req;',
    "const plain = (key, value) => (value && value.type === 'Buffer' && Array.isArray(value.data)",
    "  ? { base64: Buffer.from(value.data).toString('base64') } : value);",
    "node.warn('PROBE ' + JSON.stringify(seen, plain));",
    'return msg;',
  ].join('\n');
  return { id, type: 'function', z, name: '', func, outputs: 1, wires: [[]] };
}

export function tab(id: string): FlowNode {
  return { id, type: 'tab', label: id };
}

/** A port of the loopback interface on which nothing listens. */
export async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

function prepareUserDir(userDir: string, port: number, options: NodeRedOptions): void {
  const installed = options.withPackage !== false;
  if (installed) linkPackage(join(userDir, 'node_modules', PACKAGE));
  const dependencies = installed ? { [PACKAGE]: '*' } : {};
  const manifest = { name: 'test-user-dir', version: '1.0.0', dependencies };
  writeFileSync(join(userDir, 'package.json'), JSON.stringify(manifest));
  writeFileSync(join(userDir, 'flows.json'), JSON.stringify(options.flows ?? [tab('first')]));
  writeFileSync(join(userDir, 'settings.js'), settingsFile(port, options));
  for (const [path, text] of Object.entries(options.files ?? {})) {
    mkdirSync(dirname(join(userDir, path)), { recursive: true });
    writeFileSync(join(userDir, path), text);
  }
}

function linkPackage(link: string): void {
  mkdirSync(dirname(link), { recursive: true });
  symlinkSync(resolve(process.env.WEBHOOKS_PACKAGE ?? '.'), link, 'dir');
}

function settingsFile(port: number, { settings, settingsCode = '' }: NodeRedOptions): string {
  const all = {
    uiPort: port,
    uiHost: '127.0.0.1',
    flowFile: 'flows.json',
    credentialSecret: 'for tests only',
    logging: { console: { level: 'info', metrics: false, audit: false } },
    telemetry: { enabled: false, updateNotification: false },
    editorTheme: { tours: false, palette: { catalogues: [] } },
    nodesExcludes: UNUSED_NODES,
    ...settings,
  };
  return `module.exports = {\n...${JSON.stringify(all, null, 2)},\n${settingsCode}\n};\n`;
}

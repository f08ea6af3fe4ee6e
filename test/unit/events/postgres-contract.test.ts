import { after, before } from 'node:test';
import { describeEventStore } from '../../contract/event-store.contract';
import { PostgresServer } from '../../support/postgres-server';
import { Cluster } from './postgres-harness';

let server: PostgresServer;
before(async () => {
  server = await PostgresServer.start();
});
after(() => server.end());

describeEventStore('PostgreSQL', async () => {
  const cluster = new Cluster(server);
  return {
    store: await cluster.open(),
    crash: async () => {
      await cluster.endLeases();
      return cluster.open();
    },
    end: () => cluster.end(),
  };
});

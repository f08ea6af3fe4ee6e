import { after, before } from 'node:test';
import { describeEventStore } from '../../contract/event-store.contract';
import { PostgresServer } from '../../support/postgres-server';
import { Cluster } from './postgres-harness';
import { SetClock } from './sqlite-harness';

let server: PostgresServer;
before(async () => {
  server = await PostgresServer.start();
});
after(() => server.end());

describeEventStore('PostgreSQL', async () => {
  const cluster = new Cluster(server);
  const clock = new SetClock();
  return {
    store: await cluster.open({ clock }),
    crash: async () => {
      await cluster.endLeases();
      return cluster.open({ clock });
    },
    end: () => cluster.end(),
  };
});

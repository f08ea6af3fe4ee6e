import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { CHANGES_TOPIC } from '../../src/history/change-feed';
import { code, line, placed, webhookIn, delay } from '../support/deploy-flows';
import {
  account,
  missing,
  recorder,
  RECORD_SETTINGS,
  seen,
  type Seen,
} from '../support/flow-record';
import { NodeRedProcess, tab, type FlowNode } from '../support/node-red-process';
import { editorAt } from '../support/open-editor';
import { PostgresServer } from '../support/postgres-server';
import { sendSigned, SteadyLoad, type Sent } from '../support/steady-load';
import { TcpProxy } from '../support/tcp-proxy';
import { waitUntil } from '../support/wait-until';

const LEASE_SECONDS = 2;
const LOAD = { paths: ['/work'], clients: 3, restMs: 10 };
const BURST = 90;

const pem = (name: string): string => readFileSync(join('test/fixtures/listener', name), 'utf8');

/** Core's node for the authority of the server's certificate. */
const AUTHORITY: FlowNode = {
  ...{ id: 'authority', type: 'tls-config', name: '', cert: '', key: '', ca: '', caname: 'ca' },
  ...{ servername: '', verifyservercert: true, credentials: { cadata: pem('ca.pem') } },
};

interface Variant {
  /** Only over a connection that is encrypted, to a server that the authority vouches for. */
  readonly tls?: boolean;
  /** In which order two endpoints of the same path are built. */
  readonly twice?: readonly string[];
}

function flows(
  connectionString: string,
  { tls = false, twice = ['one', 'other'] }: Variant = {},
): FlowNode[] {
  const history = { history: 'history' };
  return [
    {
      ...{ id: 'history', type: 'webhook-history', store: 'postgres', schema: 'cluster' },
      ...{ leaseSeconds: LEASE_SECONDS, maxEvents: 0 },
      credentials: { connectionString },
      ...(tls ? { tls: AUTHORITY.id } : {}),
    },
    ...(tls ? [AUTHORITY] : []),
    ...line('work', '/work', { in: history, retry: history }),
    ...placed([
      { id: 'status', type: 'status', z: 'tab-work', scope: ['work-in'], wires: [['print']] },
      code(
        'print',
        'tab-work',
        `node.warn('STATUS ' + JSON.stringify(msg.status)); return msg;`,
        [],
      ),
    ]),
    tab('tab-burst'),
    ...placed([
      { ...webhookIn('burst-in', 'tab-burst', '/burst', 'burst-hold'), ...history, concurrency: 3 },
      delay('burst-hold', 'tab-burst', 200, ['burst-last']),
      recorder('burst-last', 'tab-burst', 'burst', []),
      {
        ...webhookIn('bounded-in', 'tab-burst', '/bounded', 'bounded-hold'),
        ...{ ...history, concurrency: 2, concurrencyScope: 'cluster', response: 'outcome' },
      },
      delay('bounded-hold', 'tab-burst', 100, []),
      ...twice.flatMap((name) => [
        { ...webhookIn(`twice-${name}`, 'tab-burst', '/twice', `${name}-first`), ...history },
        recorder(`${name}-first`, 'tab-burst', name, []),
      ]),
    ]),
  ];
}

test(
  'three Node-REDs on one server: killed, stopped for longer than a lease, deployed, the server restarted, the network lost',
  { timeout: 90_000 },
  async (t) => {
    const server = await PostgresServer.start();
    t.after(() => server.end());
    const started = [1, 2, 3].map((n) =>
      NodeRedProcess.start({
        // Instances of both majors share a history.
        major: n === 3 ? 4 : 5,
        settingsCode: `${RECORD_SETTINGS} fileWorkingDirectory: __dirname,`,
      }),
    );
    t.after(async () => {
      for (const each of await Promise.allSettled(started)) {
        if (each.status === 'fulfilled') await each.value.dispose();
      }
    });
    const all = await Promise.all(started);
    const [a, b, c] = all as [NodeRedProcess, NodeRedProcess, NodeRedProcess];
    // In the order of the hand-overs of each event, wherever they were.
    const record = (): Seen[] =>
      all.flatMap((each) => seen(each)).sort((one, two) => one.attempt - two.attempt);
    const sent: Sent[] = [];
    const proxy = await TcpProxy.to(server.port);
    t.after(() => proxy.end());
    const proxied = server.url().replace(String(server.port), String(proxy.port));
    const urlOf = (each: NodeRedProcess): string => (each === a ? proxied : server.url());
    const certified = (): Promise<void> =>
      server.useCertificate(pem('server.pem'), pem('server.key.pem'));
    await certified();
    const variant = (each: NodeRedProcess): Variant => ({
      tls: each === b,
      twice: each === c ? ['other', 'one'] : ['one', 'other'],
    });
    await Promise.all(all.map((each) => each.deploy(flows(urlOf(each), variant(each)))));
    await waitUntil('all of them are there, one of them encrypted', async () => {
      const rows = await server.sql<{ ssl: boolean }>(
        `SELECT ssl FROM pg_stat_ssl JOIN pg_stat_activity USING (pid)
          WHERE application_name = 'node-red-webhooks keeper' ORDER BY ssl`,
      );
      return String(rows.map(({ ssl }) => ssl)) === 'false,false,true';
    });

    await t.test('what one receives and can not deliver at once, the others deliver', async () => {
      const burst = await Promise.all(
        Array.from({ length: BURST }, (_, n) => sendSigned(a.url('/burst'), n, '/burst')),
      );
      assert.deepEqual([...new Set(burst.map(({ status }) => status))], [200]);
      const delivered = (): Seen[] => record().filter(({ at }) => at === 'burst');
      await waitUntil('all are delivered', () => delivered().length >= BURST, 15_000);
      assert.equal(new Set(delivered().map(({ id }) => id)).size, BURST);
      assert.equal(delivered().length, BURST, 'each of them once');
      for (const each of all) {
        const share = seen(each).filter(({ at }) => at === 'burst').length;
        assert.ok(share >= BURST / 6, `one of three delivered ${share} of ${BURST}`);
      }
    });

    await t.test('a bound of all; each sender is answered by its own', async () => {
      const { heard, end } = await editorAt(b, CHANGES_TOPIC);
      const answers = Promise.all(
        Array.from({ length: 12 }, (_, n) =>
          sendSigned(all[n % 3]!.url('/bounded'), n, '/bounded'),
        ),
      );
      let most = 0;
      let open = true;
      void answers.finally(() => (open = false));
      while (open) {
        const [row] = await server.sql<{ n: number }>(
          `SELECT count(*)::int AS n FROM cluster.events WHERE path = '/bounded' AND owner IS NOT NULL`,
        );
        most = Math.max(most, row!.n);
      }
      // 202: its sender had waited in vain.
      assert.deepEqual([...new Set((await answers).map(({ status }) => status))], [200]);
      assert.equal(most, 2);
      const ids = (await answers).map(({ eventId }) => eventId!);
      await waitUntil('an editor hears of those of the others, too', () =>
        ids.every((id) => heard().includes(id)),
      );
      end();
    });

    await t.test('of two endpoints with one path all have the same one', async () => {
      let n = 0;
      await waitUntil('it is settled', async () => {
        const answers = await Promise.all(
          all.map((each) => sendSigned(each.url('/twice'), ++n, '/twice')),
        );
        const at = (): string[] =>
          answers.flatMap(({ eventId }) =>
            record().flatMap((one) => (one.id === eventId ? [one.at] : [])),
          );
        await waitUntil('they are delivered', () => at().length === 3);
        return new Set(at()).size === 1;
      });
    });

    await t.test('a replay of many is seen and stopped at another instance', async () => {
      const ask = async (each: NodeRedProcess, path: string, body?: object): Promise<unknown> => {
        const json = { method: 'POST', headers: { 'content-type': 'application/json' } };
        const sending = body === undefined ? {} : { ...json, body: JSON.stringify(body) };
        const answer = await fetch(each.url(`/apilinker-webhooks/replays${path}`), sending);
        assert.equal(answer.status, 200);
        return answer.json();
      };
      const begin = { query: { endpoint: '/burst' }, perSecond: 1 };
      const { id } = (await ask(a, '', begin)) as { id: string };
      const stateAt = async (each: NodeRedProcess): Promise<string | undefined> => {
        const { replays } = (await ask(each, '')) as { replays: { id: string; state: string }[] };
        return replays.find((run) => run.id === id)?.state;
      };
      assert.equal(await stateAt(b), 'running');
      await ask(c, `/${id}/stop`, {});
      for (const each of all) {
        await waitUntil('it is stopped', async () => (await stateAt(each)) === 'stopped');
      }
    });

    /** Rule 3: what was in hand at three losses is given up. Each of them finds nothing of the last one in hand. */
    const takenOverIsDone = (): Promise<void> =>
      waitUntil('what was taken over is done', async () => {
        const rows = await server.sql(
          `SELECT 1 FROM cluster.events WHERE attempt > 1 AND status NOT IN ('success', 'failed')
            UNION ALL SELECT 1 FROM cluster.retry_jobs WHERE unfinished > 1`,
        );
        return rows.length === 0;
      });

    const loads = all.map((each) => SteadyLoad.start(each, LOAD));
    const [ofA, ofB, ofC] = loads as [SteadyLoad, SteadyLoad, SteadyLoad];
    await Promise.all(loads.map((load) => load.answers(60)));

    await t.test('kill -9: the others take over what it had in hand', async () => {
      await c.kill();
      sent.push(...(await ofC.stop()));
      const took = async (): Promise<boolean> => {
        const [row] = await server.sql<{ n: number }>(
          'SELECT count(*)::int AS n FROM cluster.instances',
        );
        return row!.n === 2;
      };
      await waitUntil('its lease ends', took, LEASE_SECONDS * 3000);
      await waitUntil('all of it is delivered', () => missing(sent, record()).length === 0);
    });

    await t.test('SIGSTOP for longer than its lease: it wakes up as another instance', async () => {
      await takenOverIsDone();
      const from = b.log.length;
      process.kill(b.pid, 'SIGSTOP');
      const gone = async (): Promise<boolean> => {
        const rows = await server.sql('SELECT 1 FROM cluster.instances');
        return rows.length === 1;
      };
      await waitUntil('the last one takes over', gone, LEASE_SECONDS * 3000);
      process.kill(b.pid, 'SIGCONT');
      await b.waitForLog(/not heard of for longer than its lease/, from);
      await ofB.answers(20);
    });

    await t.test('a deploy, and a restart of the server, under load', async () => {
      await a.deploy(flows(proxied));
      await ofA.answers(20);
      await server.stop();
      await a.waitForLog(/PostgreSQL server of the history is not available/);
      await waitUntil('senders are told to come again', () => {
        const last = ofA.sent.at(-1);
        return last?.status === 503 && last.retryAfter !== null;
      });
      const says = (each: NodeRedProcess, words: string): Promise<unknown> =>
        each.waitForLog(new RegExp(`STATUS .*"fill":"red".*"text":"history: ${words}"`));
      // The proxy in front of the one still takes connections.
      await says(a, 'the connection to the server broke');
      await says(b, 'no server answers at its address');
      const from = [a, b].map(({ log }) => log.length);
      await certified();
      await waitUntil('both take events again', () =>
        [ofA, ofB].every((load) => load.sent.at(-1)?.status === 200),
      );
      await Promise.all([ofA.answers(20), ofB.answers(20)]);
      const sound = (each: NodeRedProcess, at: number): boolean =>
        each.log.slice(from[at]).some((text) => /STATUS (?!.*history)/.test(text));
      await waitUntil('both say that it is well again', () => [a, b].every(sound));
    });

    await t.test('a network that swallows everything: told to come again, in time', async () => {
      await takenOverIsDone();
      const from = ofA.sent.length;
      proxy.swallow();
      await waitUntil(
        'its senders are told to come again',
        () => ofA.sent.slice(from).some(({ status, retryAfter }) => status === 503 && retryAfter),
        9_000,
      );
      const refused = ofA.sent.length;
      await ofA.answers(20);
      const meanwhile = ofA.sent.slice(refused);
      assert.deepEqual([...new Set(meanwhile.map(({ status }) => status))], [503]);
      proxy.heal();
      await waitUntil('it takes events again', () => ofA.sent.at(-1)?.status === 200);
    });

    sent.push(...(await ofA.stop()), ...(await ofB.stop()));
    await waitUntil('the rest', () => missing(sent, record()).length === 0, 15_000);
    const { lost, unmarked, notFound, hung } = account(sent, record());
    assert.deepEqual(
      { lost, unmarked, notFound, hung },
      { lost: 0, unmarked: 0, notFound: 0, hung: 0 },
    );
    const handOvers = record()
      .filter(({ at }) => at === 'first')
      .map(({ id, attempt }) => `${id} ${attempt}`);
    assert.equal(new Set(handOvers).size, handOvers.length, 'no hand-over happened twice');
    const final = async (): Promise<boolean> => {
      const rows = await server.sql<{ status: string }>(
        'SELECT DISTINCT status FROM cluster.events',
      );
      return rows.length === 1 && rows[0]!.status === 'success';
    };
    await waitUntil('all are final', final, 15_000);
    await a.stop();
    const living = await server.sql('SELECT 1 FROM cluster.instances WHERE lease_until > now()');
    assert.equal(living.length, 1, 'one that is stopped in an orderly way gives its lease back');
    const secrets = [server.url(), proxied];
    assert.ok(
      !all.some(({ log }) => log.some((text) => secrets.some((url) => text.includes(url)))),
    );
  },
);

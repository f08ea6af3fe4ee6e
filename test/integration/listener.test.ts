import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { editorAt } from '../support/open-editor';
import { parseExposition, valueOf } from '../support/prometheus-parser';
import { placed, startRecording, webhookIn } from '../support/deploy-flows';
import { accountWhenDelivered, seen } from '../support/flow-record';
import { freePort, NODE_RED_MAJORS, type NodeRedProcess } from '../support/node-red-process';
import { fill, smallDisk } from '../support/small-disk';
import { kept, raw } from './listener-connections';
import { BODY, flow, pem, signed } from './listener-flow';
import { LOAD_SECRET, sendSigned, SteadyLoad } from '../support/steady-load';

/** The listener of our own: its requests, its life through deploys, its defences. */

for (const major of NODE_RED_MAJORS) {
  describe(`webhook-listener, Node-RED ${major}`, () => {
    let nodeRed: NodeRedProcess;
    let port: number;
    const at = (path: string): string => `http://127.0.0.1:${port}${path}`;
    const health = async (): Promise<unknown[]> => {
      const response = await fetch(at('/health'));
      return [response.status, await response.json()];
    };

    /** The port takes connections, a moment after the flows were started. */
    const opened = (): Promise<true> =>
      nodeRed.waitFor(async () => {
        const socket = connect(port, '127.0.0.1');
        const [event] = await Promise.race([
          once(socket, 'connect').then(() => ['open']),
          once(socket, 'close').then(() => ['closed']),
        ]).catch(() => ['closed']);
        socket.destroy();
        return event === 'open' ? true : undefined;
      }, 'an open port');

    before(async () => {
      port = await freePort();
      nodeRed = await startRecording({ major }, flow({ port }));
      await opened();
    });
    after(() => nodeRed.dispose());

    test('receives at its port, and nowhere else', async () => {
      const post = (url: string, headers: Record<string, string>): Promise<Response> =>
        fetch(url, { method: 'POST', headers, body: BODY });
      assert.equal((await post(at('/hooks/a'), signed())).status, 200);
      assert.equal((await post(at('/hooks/a'), signed('another'))).status, 401);
      assert.equal((await post(nodeRed.url('/hooks/a'), signed())).status, 404);
      const unknown = await post(at('/flows'), signed());
      assert.deepEqual([unknown.status, await unknown.json()], [404, { detail: 'Not Found' }]);
      const get = await fetch(at('/hooks/a'));
      assert.deepEqual([get.status, get.headers.get('allow')], [405, 'POST']);
      assert.deepEqual(await health(), [200, { status: 'healthy', service: 'webhook-server' }]);
    });

    test('stays open through full deploys under load', async () => {
      const target = { url: at, waitFor: nodeRed.waitFor.bind(nodeRed) };
      const load = SteadyLoad.start(target, { paths: ['/hooks/a'], clients: 5, restMs: 5 });
      try {
        for (let deploys = 0; deploys < 4; deploys++) {
          await load.answers(20);
          await nodeRed.deploy(flow({ port, name: `deploy ${deploys}` }));
        }
        await load.answers(20);
      } finally {
        await load.stop();
      }
      const { sent } = load;
      const { statuses, ...account } = await accountWhenDelivered(nodeRed, sent);
      assert.deepEqual(Object.keys(statuses), ['200']);
      assert.deepEqual([account.hung, account.lost, account.unmarked], [0, 0, 0]);
    });

    test('a request that is still being sent, and a connection that is kept, through five deploys', async () => {
      const body = '{"n":"slow"}';
      const head = Object.entries({ ...signed(LOAD_SECRET, body), 'content-length': body.length });
      const lines = head.map(([name, value]) => `${name}: ${value}\r\n`).join('');
      const [slow, idle] = [kept(port), kept(port)];
      slow.socket.write(`POST /hooks/a HTTP/1.1\r\nhost: x\r\n${lines}\r\n${body.slice(0, 5)}`);
      const ask = (): boolean => idle.socket.write('GET /health HTTP/1.1\r\nhost: x\r\n\r\n');
      const healthy = (times: number): Promise<true> =>
        nodeRed.waitFor(
          () => (idle.text().split('"healthy"').length > times ? true : undefined),
          `answer ${times}`,
        );
      ask();
      await healthy(1);
      for (let deploys = 0; deploys < 5; deploys++) {
        await nodeRed.deploy(flow({ port, name: `while it is sent ${deploys}` }));
      }
      assert.deepEqual([slow.text(), slow.isClosed(), idle.isClosed()], ['', false, false]);
      slow.socket.write(body.slice(5));
      ask();
      await healthy(2);
      await nodeRed.waitFor(() => (slow.text() === '' ? undefined : true), 'its answer');
      assert.match(slow.text(), /^HTTP\/1\.1 200 /);
      await nodeRed.waitFor(
        () => seen(nodeRed).find(({ at, n }) => at === 'last' && String(n) === 'slow'),
        'its event',
      );
      for (const { socket } of [slow, idle]) socket.destroy();
    });

    test('X-Forwarded-For is believed of as many proxies as there are, and of none else', async () => {
      const post = async (path: string, forwarded: string): Promise<number> => {
        const headers = { ...signed(), 'x-forwarded-for': forwarded };
        return (await fetch(at(path), { method: 'POST', headers, body: BODY })).status;
      };
      const delivered = async (path: string): Promise<unknown> => {
        const line = await nodeRed.waitFor(() => {
          const lines = readFileSync(join(nodeRed.userDir, 'seen.jsonl'), 'utf8').split('\n');
          return lines.findLast((each) => each.includes(`"path":"${path}"`));
        }, 'the request in the flow');
        return (JSON.parse(line) as { req: { ip: unknown } }).req.ip;
      };
      const refused = (ip: string): Promise<object> =>
        nodeRed.waitFor(async () => {
          const answer = await fetch(nodeRed.url('/apilinker-webhooks/rejections'));
          type Refusal = Record<'path' | 'cause' | 'ip', string>;
          const { rejections } = (await answer.json()) as { rejections: Refusal[] };
          const found = rejections.find((one) => one.path === '/hooks/listed' && one.ip === ip);
          return found?.cause === 'address' ? found : undefined;
        }, `the refusal of ${ip}`);
      const [partner, stranger] = ['203.0.113.7', '198.51.100.1'];
      assert.equal(await post('/hooks/listed', partner), 403, 'nobody but the connection says it');
      await refused('127.0.0.1');
      assert.equal(await post('/hooks/a', partner), 200);
      assert.equal(await delivered('/hooks/a'), '127.0.0.1');
      await nodeRed.deploy(flow({ port, proxyHops: 1 }));
      assert.equal(await post('/hooks/listed', `${stranger}, ${partner}`), 200);
      assert.equal(await delivered('/hooks/listed'), partner);
      assert.equal(await post('/hooks/listed', `${partner}, ${stranger}`), 403);
      await refused(stranger);
    });

    test('/health while nothing can be stored, and when it can again', async (t) => {
      const disk = smallDisk(t);
      const place = join(disk, 'place');
      const history = { id: 'history', type: 'webhook-history', store: 'sqlite', maxEvents: 0 };
      const withHistory = flow({ port }, { ...history, path: join(place, 'history.sqlite') });
      const status = (wanted: number): Promise<true> =>
        nodeRed.waitFor(
          async () => ((await health())[0] === wanted ? true : undefined),
          `a health of ${wanted}`,
        );
      // A file where its folder is to be: it can't be opened, not even by root. Five seconds; for one of them.
      if (major === 5) writeFileSync(place, '');
      const used = withHistory.map((node) =>
        node.id === 'in' ? { ...node, history: 'history' } : node,
      );
      await nodeRed.deploy(used);
      if (major === 4) {
        // A history of other endpoints: of what comes here everything is stored.
        const broken = { ...history, id: 'broken', path: 'settings.js/history.sqlite' };
        const elsewhere = { ...webhookIn('else', 't', '/hooks/else', 'keep'), history: 'broken' };
        await nodeRed.deploy([...used, broken, ...placed([elsewhere])]);
        const refused = await sendSigned(nodeRed.url('/hooks/else'), 1, '/hooks/else');
        assert.equal(refused.status, 503);
        await status(200);
      }
      if (major === 5) {
        await status(503);
        assert.deepEqual(await health(), [503, { status: 'unhealthy', service: 'webhook-server' }]);
        rmSync(place);
        mkdirSync(place);
      }
      await status(200);
      const post = async (): Promise<number> => {
        const body = JSON.stringify({ text: randomBytes(200_000).toString('base64') });
        const headers = signed(LOAD_SECRET, body);
        return (await fetch(at('/hooks/a'), { method: 'POST', headers, body })).status;
      };
      const giveBack = fill(disk);
      assert.equal(await post(), 503);
      assert.equal((await health())[0], 503);
      giveBack();
      assert.equal(await post(), 200);
      assert.equal((await health())[0], 200);
      await nodeRed.deploy(flow({ port }));
    });

    test('what is not HTTP, or too slow, or too much, is cut off', async () => {
      const line = 'POST /hooks/a HTTP/1.1\r\nhost: x\r\n';
      const both = `${line}content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`;
      assert.match(await raw(port, both), /^HTTP\/1\.1 400 /);
      const twice = `${line}content-length: 5\r\ncontent-length: 6\r\n\r\n12345`;
      assert.match(await raw(port, twice), /^HTTP\/1\.1 400 /);
      assert.match(await raw(port, 'GET / HTTP/1.1\nhost: x\n\n'), /^HTTP\/1\.1 (400|404) /);
      const large = `${line}x-large: ${'x'.repeat(40_000)}\r\n\r\n`;
      assert.match(await raw(port, large), /^HTTP\/1\.1 431 /);
      for (const [status, request] of [
        [400, `${line}host: y\r\n\r\n`],
        [400, 'POST /hooks/a HTTP/1.0\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n'],
        [501, `${line}transfer-encoding: gzip, chunked\r\n\r\n0\r\n\r\n`],
        [505, 'POST /hooks/a\r\n\r\n'],
        [505, 'GET /health HTTP/2.0\r\nhost: x\r\n\r\n'],
      ] as const) {
        assert.match(await raw(port, request), new RegExp(`^HTTP/1\\.1 ${status} `), request);
      }
      const [slow, silent] = await Promise.all([raw(port, line), raw(port, '')]);
      assert.match(slow, /^HTTP\/1\.1 408 /);
      assert.doesNotMatch(silent, /HTTP\/1\.1 2/);
    });

    test('its bounds hold from the deploy on: connections, and the time for a body', async () => {
      await nodeRed.deploy(flow({ port, requestTimeoutSeconds: 1, maxConnections: 2 }));
      const some = [1, 2, 3, 4].map(() => kept(port));
      const cut = (): number =>
        some.filter(({ isClosed, text }) => isClosed() && text() === '').length;
      await nodeRed.waitFor(() => (cut() >= 2 ? true : undefined), 'two too many');
      for (const { socket } of some) socket.destroy();
      await nodeRed.deploy(flow({ port, requestTimeoutSeconds: 1 }));
      const begun = 'POST /hooks/a HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n\r\n{';
      assert.match(await raw(port, begun), /^HTTP\/1\.1 408 /);
      await nodeRed.deploy(flow({ port }));
    });

    test('requests in one write are answered in their order', async () => {
      const get = (path: string): string => `GET ${path} HTTP/1.1\r\nhost: x\r\n\r\n`;
      const text = await raw(port, get('/health') + get('/none'), /Not Found/);
      const statuses = [...text.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status);
      assert.deepEqual(statuses, ['200', '404']);
    });

    test('another port at a deploy: the old one is closed, the new one open', async () => {
      const old = port;
      port = await freePort();
      await nodeRed.deploy(flow({ port }));
      await opened();
      assert.equal((await sendSigned(at('/hooks/a'), 2, '/hooks/a')).status, 200);
      await assert.rejects(fetch(`http://127.0.0.1:${old}/health`));
    });

    test('metrics: with a token, for those who show it; a webhook of that path goes before them', async () => {
      const scrape = (authorization?: string): Promise<Response> =>
        fetch(at('/metrics'), authorization === undefined ? {} : { headers: { authorization } });
      assert.equal((await scrape('Bearer undefined')).status, 404);

      const from = nodeRed.log.length;
      const credentials = (metricsToken: string): object => ({ credentials: { metricsToken } });
      await nodeRed.deploy(flow({ port, metrics: true, ...credentials('${NOT_SET_ANYWHERE}') }));
      await nodeRed.waitForLog(/metrics of the listener have no token/, from);
      assert.equal((await scrape('Bearer ${NOT_SET_ANYWHERE}')).status, 404);
      const editor = await editorAt(nodeRed, 'status/in');
      await nodeRed.waitFor(
        () => /"text":"listener: no token for its metrics"/.exec(editor.heard()) ?? undefined,
        'the status of the webhook node',
      );
      assert.match(editor.heard(), /"fill":"yellow"/);

      const token = 'a-token-of-this-test';
      await nodeRed.deploy(flow({ port, metrics: true, ...credentials(token) }));
      editor.end();
      for (const shown of [undefined, 'Bearer', `Basic ${token}`, `Bearer ${token}2`, token]) {
        const refused = await scrape(shown);
        assert.deepEqual([refused.status, await refused.json()], [401, { detail: 'Unauthorized' }]);
        assert.equal(refused.headers.get('www-authenticate'), 'Bearer');
      }
      const scraped = await scrape(`Bearer ${token}`);
      assert.equal(scraped.status, 200);
      assert.equal(scraped.headers.get('content-type')?.split(';')[0], 'text/plain');
      const refusals = { endpoint: 'lis:/hooks/a', cause: 'invalid-signature' };
      const name = 'apilinker_webhooks_rejections_total';
      const families = parseExposition(await scraped.text(), 'text');
      assert.equal(valueOf(families, name, refusals), 1);
      const requests = (target: string, code: string): number | undefined => {
        const counted = 'apilinker_webhooks_request_duration_seconds_count';
        return valueOf(families, counted, { target, code });
      };
      assert.equal(requests('metrics', '4xx'), 5);
      assert.ok((requests('health', '2xx') ?? 0) > 0);
      assert.ok((requests('unknown', '4xx') ?? 0) > 0);
      assert.equal((await fetch(at('/metrics'), { method: 'POST' })).status, 404);
      assert.equal((await fetch(nodeRed.url('/metrics'))).status, 404);

      const own = { ...webhookIn('own', 't', '/metrics', 'keep'), listener: 'lis' };
      const mine = { ...own, methods: ['GET'], provider: 'none' };
      await nodeRed.deploy(flow({ port, metrics: true }, ...placed([mine])));
      const answered = (await (await scrape()).json()) as { status: string };
      assert.equal(answered.status, 'received');
      assert.doesNotMatch(nodeRed.log.slice(from).join('\n'), new RegExp(token));
    });

    test('a port that is taken: said in words, and opened when it is free', async () => {
      const blocker = createServer().listen(await freePort(), '127.0.0.1');
      await once(blocker, 'listening');
      port = (blocker.address() as { port: number }).port;
      const from = nodeRed.log.length;
      await nodeRed.deploy(flow({ port }));
      await nodeRed.waitForLog(/does not listen: the port is in use/, from);
      blocker.close();
      await once(blocker, 'close');
      await opened();
      assert.equal((await health())[0], 200);
    });

    test('flows that are stopped: not healthy, 503 with Retry-After', async () => {
      const state = (to: string): Promise<Response> =>
        fetch(nodeRed.url('/flows/state'), {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ state: to }),
        });
      await state('stop');
      assert.equal((await health())[0], 503);
      const refused = await sendSigned(at('/hooks/a'), 3, '/hooks/a');
      assert.deepEqual([refused.status, refused.retryAfter], [503, '5']);
      await state('start');
      await nodeRed.waitFor(
        async () => ((await health())[0] === 200 ? true : undefined),
        'the flows',
      );
    });

    test('TLS with client certificates: who the client is stands in msg.req, others are refused', async () => {
      port = await freePort();
      const deploy = async (tls: object): Promise<void> => {
        const config = {
          ...{ id: 'tls', type: 'tls-config', name: '', cert: '', key: '', ca: '' },
          ...{ certname: 'c', keyname: 'k', caname: 'a', servername: '', verifyservercert: true },
          ...tls,
        };
        await nodeRed.deploy(flow({ port, tls: 'tls', requireClientCert: true }, config));
      };
      const says = (problem: string, from: number): Promise<string> =>
        nodeRed.waitForLog(new RegExp(`does not listen: ${problem}`), from);
      const from = nodeRed.log.length;
      if (major === 5) {
        // Files that come later: it is tried again, every five seconds.
        const file = (name: string): string => join(nodeRed.userDir, name);
        const names = ['server.pem', 'server.key.pem', 'ca.pem'];
        const [cert, key, ca] = names.map(file);
        await deploy({ cert, key, ca });
        await says("a file of its TLS configuration can't be read", from);
        for (const name of names) writeFileSync(file(name), pem(name));
      } else {
        await deploy({ credentials: {} });
        await says('its TLS configuration has no certificate with its key', from);
        const [certdata, keydata] = [pem('server.pem'), pem('server.key.pem')];
        await deploy({ credentials: { certdata, keydata } });
        await says('to ask clients for certificates', from);
        await deploy({ credentials: { certdata, keydata: certdata, cadata: pem('ca.pem') } });
        await says('its certificate or key is not valid', from);
        await deploy({ credentials: { certdata, keydata, cadata: pem('ca.pem') } });
      }
      await opened();
      assert.equal(await raw(port, ''), '', 'who says nothing is cut off');
      const send = (who: string): Promise<number> =>
        new Promise((resolve, reject) => {
          const certificates = {
            ca: pem('ca.pem'),
            cert: pem(`${who}.pem`),
            key: pem(`${who}.key.pem`),
          };
          const options = { method: 'POST', headers: signed(), ...certificates, agent: false };
          const req = request(`https://127.0.0.1:${port}/hooks/a`, options, (res) => {
            res.resume().on('end', () => resolve(res.statusCode ?? 0));
          });
          req.on('error', reject).end(BODY);
        });
      assert.equal(await send('client'), 200);
      await assert.rejects(send('stranger'));
      const seen = await nodeRed.waitFor(() => {
        const lines = readFileSync(join(nodeRed.userDir, 'seen.jsonl'), 'utf8').split('\n');
        return lines.find((line) => line.includes('clientCertificate'));
      }, 'the request in the flow');
      const { req } = JSON.parse(seen) as { req: { clientCertificate: Record<string, unknown> } };
      assert.deepEqual(req.clientCertificate['subject'], { CN: 'billing', O: 'Partner' });
      assert.deepEqual(req.clientCertificate['issuer'], { CN: 'Test CA' });
    });
  });
}

import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { NODE_RED_MAJORS, NodeRedProcess, probe, tab } from '../support/node-red-process';

const SECRET = 'a secret for the bounds';
const MB = 1024 * 1024;

const endpoint = (path: string, config: Record<string, unknown> = {}) => ({
  id: path.slice(1),
  type: 'webhook-in',
  z: 't',
  path,
  provider: 'generic',
  credentials: { secret: SECRET },
  wires: [['probe']],
  ...config,
});

const FLOW = [
  tab('t'),
  endpoint('/limited', { rateLimit: 2 }),
  endpoint('/proxied', { proxyHops: 1 }),
  endpoint('/large', { wires: [[]] }),
  probe('probe', 't'),
];

const signatureOf = (body: string | Buffer): string =>
  `sha256=${createHmac('sha256', SECRET).update(body).digest('hex')}`;

for (const major of NODE_RED_MAJORS) {
  describe(`past a bound, Node-RED ${major}`, () => {
    let nodeRed: NodeRedProcess;
    before(async () => {
      nodeRed = await NodeRedProcess.start({ major });
      await nodeRed.deploy(FLOW);
    });
    after(() => nodeRed.dispose());

    async function post(path: string, headers: Record<string, string> = {}): Promise<Response> {
      const body = '{"n":1}';
      const response = await fetch(nodeRed.url(path), {
        method: 'POST',
        headers: { 'x-hub-signature-256': signatureOf(body), ...headers },
        body,
        signal: AbortSignal.timeout(10_000),
      });
      await response.arrayBuffer();
      return response;
    }

    test('verified requests above the rate limit are 429 with Retry-After, and are not stored', async () => {
      const wrong = { 'x-hub-signature-256': signatureOf('another body') };
      for (let n = 0; n < 5; n++) assert.equal((await post('/limited', wrong)).status, 401);
      const responses = await Promise.all(Array.from({ length: 12 }, () => post('/limited')));
      const accepted = responses.filter(({ status }) => status === 200);
      const refused = responses.filter(({ status }) => status === 429);
      assert.equal(accepted.length + refused.length, 12);
      assert.ok(accepted.length >= 2 && refused.length >= 5, `${accepted.length} accepted`);
      for (const { headers } of refused) assert.equal(headers.get('retry-after'), '1');
      const received = await nodeRed.waitForReceived(accepted.length);
      assert.equal(received.length, accepted.length);
    });

    test('an address that sends bad requests only is 429 with Retry-After, others are not', async () => {
      const stranger = { 'x-forwarded-for': '203.0.113.9' };
      const unsigned = { ...stranger, 'x-hub-signature-256': '' };
      let last: Response | undefined;
      for (let batch = 0; batch < 20 && last?.status !== 429; batch++) {
        const all = await Promise.all(Array.from({ length: 50 }, () => post('/proxied', unsigned)));
        last = all.at(-1);
      }
      assert.equal(last?.status, 429);
      assert.equal(last.headers.get('retry-after'), '1');
      const good = await post('/proxied', { 'x-forwarded-for': '203.0.113.10' });
      assert.equal(good.status, 200);
    });

    test('more bytes of unfinished requests than may be in memory are 503 with Retry-After', async (t) => {
      const body = Buffer.alloc(5 * MB, 'x');
      const head = [
        'POST /large HTTP/1.1',
        'host: 127.0.0.1',
        `content-length: ${body.length}`,
        `x-hub-signature-256: ${signatureOf(body)}`,
        '\r\n',
      ].join('\r\n');
      const sockets: Socket[] = [];
      const answers: string[] = [];
      t.after(() => sockets.forEach((socket) => socket.destroy()));
      for (let n = 0; n < 27; n++) {
        const socket = connect(nodeRed.port, '127.0.0.1').setEncoding('latin1');
        sockets.push(socket);
        answers.push('');
        socket.on('data', (text) => (answers[n] = `${answers[n]}${String(text)}`));
        socket.on('error', () => undefined);
        await once(socket, 'connect');
        socket.write(head);
        socket.write(body.subarray(0, -1));
      }
      const busy = (): string[] => answers.filter((text) => text.startsWith('HTTP/1.1 503'));
      await nodeRed.waitFor(() => (busy().length > 0 ? true : undefined), 'a 503');
      assert.match(busy()[0]!, /\r\nretry-after: \d+\r\n/i);
      assert.ok(busy().length <= 2, `${busy().length} of 27: 128 MB hold 25`);
      sockets.forEach((socket, n) => answers[n] === '' && socket.write('x'));
      const done = (): boolean => answers.every((text) => text.includes('{'));
      await nodeRed.waitFor(() => (done() ? true : undefined), 'all answers', 30_000);
      const accepted = answers.filter((text) => text.startsWith('HTTP/1.1 200'));
      assert.equal(accepted.length + busy().length, 27);
      assert.equal((await post('/large')).status, 200);
    });
  });
}

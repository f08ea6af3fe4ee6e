import assert from 'node:assert/strict';
import { request } from 'node:http';
import { resolve } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { findProvider } from '../../src/signature/catalogue';
import { CertificateHost } from '../support/certificate-host';
import { NodeRedProcess } from '../support/node-red-process';
import { readVectors, type Vector } from '../unit/signature/vectors';

interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly text: string;
}

/** A recorded request, to the path under which its node is mounted. */
function send(nodeRed: NodeRedProcess, path: string, vector: Vector): Promise<Reply> {
  const query = new URL(vector.url).search;
  const headers: Record<string, string | string[]> = { 'x-test-now': String(vector.now) };
  for (const [name, value] of Object.entries(vector.headers)) headers[name] = [value].flat();
  const body = Buffer.from(vector.bodyBase64, 'base64');
  if (body.length > 0) headers['content-length'] = String(body.length);
  const options = { method: vector.method, headers, agent: false };
  return new Promise((done, failed) => {
    const sent = request(nodeRed.url(path + query), options, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString();
        done({ status: response.statusCode!, headers: response.headers, text });
      });
    });
    sent.on('error', failed).end(body);
  });
}

/** The keys of certificates are fetched, from a host that has one at a time for each address. */
const FETCHES = ['paypal', 'aws-sns'];
const FETCHED = ['paypal/a/', 'aws-sns/a/', 'aws-sns/handshake/a/'];
/** Certificates are kept for a day: each part of the requests comes when those of the last are gone. */
const TWO_DAYS = 172_800;

const path = ({ id }: Vector) => `/v/${id.replaceAll('/', '-')}`;

function nodeOf(vector: Vector, index: number): Record<string, unknown> {
  const { provider, method, url, config = {} } = vector;
  const settings = findProvider(provider)!.settings.map(({ key }) => [key, config[key]]);
  return {
    id: `in${index}`,
    type: 'webhook-in',
    z: 'tab',
    path: path(vector),
    methods: ['POST', 'PUT', 'PATCH', 'DELETE', 'GET'].includes(method) ? [method] : ['POST'],
    provider,
    providerSettings: Object.fromEntries(settings.filter(([, value]) => value !== undefined)),
    publicUrl: url,
    dedupKey: '',
    credentials: credentialsOf(vector),
    wires: [[]],
  };
}

function credentialsOf({ provider, secret, secrets, config = {} }: Vector): object {
  const [current = secret ?? undefined, previousSecret] = secrets ?? [];
  const jwks = config['jwks'];
  const token = findProvider(provider)!.settings.find(({ credential }) => credential);
  const pasted = jwks === undefined ? current : JSON.stringify(jwks);
  return {
    ...(pasted !== undefined && { secret: pasted }),
    ...(previousSecret !== undefined && { previousSecret }),
    ...(token !== undefined && { verifyToken: config[token.key] }),
  };
}

/** One of each provider and verdict, and all handshakes that need no certificate. */
function chosen(): Vector[] {
  const seen = new Set<string>();
  return readVectors('vectors').filter(({ id, provider, kind, expected, headers }) => {
    if (FETCHES.includes(provider)) return false;
    if (kind === 'handshake') return id.includes('/a/') && expected !== 'not-a-handshake';
    const isFirst = !seen.has(`${provider} ${expected}`);
    // Node.js' own client sends no header that is empty or came twice in another form.
    const isPlain = Object.values(headers).every((v) => typeof v === 'string' && v !== '');
    if (isFirst && isPlain) seen.add(`${provider} ${expected}`);
    return isFirst && isPlain;
  });
}

describe('recorded requests over HTTP, through a webhook-in', () => {
  const vectors = chosen();
  const fetching = readVectors('vectors').filter(
    ({ id, name }) => FETCHED.some((start) => id.startsWith(start)) && isSendable(name),
  );
  let nodeRed: NodeRedProcess;
  let host: CertificateHost;

  before(async () => {
    host = await CertificateHost.start();
    nodeRed = await NodeRedProcess.start({
      major: 5,
      execArgv: ['vector-time.cjs', 'certificate-host.cjs'].flatMap((name) => [
        '--require',
        resolve('test/support', name),
      ]),
      env: host.env,
      flows: [],
    });
    const nodes = [...vectors, ...fetching].map(nodeOf) as { id: string; type: string }[];
    await nodeRed.deploy([{ id: 'tab', type: 'tab', label: 'vectors' }, ...nodes]);
  });

  after(async () => {
    await nodeRed.dispose();
    host.close();
  });

  it('gives each the answer that its provider expects', async () => {
    const wrong: string[] = [];
    let count = 0;
    for (const vector of vectors) {
      const reply = await send(nodeRed, path(vector), vector);
      count++;
      if (!isExpected(vector, reply)) wrong.push(`${vector.id}: ${reply.status} ${reply.text}`);
    }
    assert.deepEqual(wrong, []);
    const providers = new Set(vectors.map(({ provider }) => provider));
    console.log(`over HTTP: ${count} requests of ${providers.size} providers`);
    assert.equal(providers.size, 123);
  });

  it('fetches certificates from the hosts of their senders, and believes no others', async () => {
    const wrong: string[] = [];
    for (const [index, start] of FETCHED.entries()) {
      host.sender = start.slice(0, -1);
      for (const vector of fetching.filter(({ id }) => id.startsWith(start))) {
        const later = { ...vector, now: vector.now + index * TWO_DAYS };
        const reply = await send(nodeRed, path(vector), later);
        if (!isExpected(vector, reply)) wrong.push(`${vector.id}: ${reply.status} ${reply.text}`);
      }
    }
    assert.deepEqual(wrong, []);
    console.log(`over HTTP, with certificates: ${fetching.length} requests of 2 providers`);
    const [paypal, sns, again, confirmed, ...others] = host.asked;
    assert.match(paypal!, /^api\.paypal\.com\/v1\/notifications\/certs\/CERT-/);
    assert.match(sns!, /^sns\.us-east-1\.amazonaws\.com\/SimpleNotificationService-\w+\.pem$/);
    assert.equal(again, sns);
    assert.match(
      confirmed!,
      /^sns\.us-east-1\.amazonaws\.com\/\?Action=ConfirmSubscription&Token=/,
    );
    assert.deepEqual(others, []);
  });
});

/** The certificate is that of the others; one is a handshake here; our client repeats no header. */
function isSendable(name: string): boolean {
  const others = ['wrong-key', 'valid-variant-subscription'];
  return ![...others, 'duplicate-signature-header', 'empty-signature'].includes(name);
}

function isExpected(vector: Vector, reply: Reply): boolean {
  const { provider, kind, expected, response } = vector;
  if (kind === 'verify' && expected === 'invalid') return reply.status === 401;
  if (kind === 'verify') {
    const { ack } = findProvider(provider)!;
    if (ack === null) return reply.status === 200 && reply.text.includes('"received"');
    return reply.status === ack.status && reply.text === ack.body;
  }
  if (expected === 'rejected') return reply.status === response!.status;
  const body =
    response!.json === undefined
      ? reply.text === (response!.body ?? '')
      : JSON.stringify(JSON.parse(reply.text)) === JSON.stringify(response!.json);
  return reply.status === response!.status && body;
}

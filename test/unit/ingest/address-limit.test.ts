import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { AddressLimit } from '../../../src/ingest/address-limit';
import { receive } from '../../../src/ingest/receive';
import type { EndpointSettings } from '../../../src/ingest/endpoint';
import type { IncomingRequest } from '../../../src/ingest/request';
import { setUp, validRequest, type Setup } from './endpoint-fixture';

const STRANGER = '203.0.113.9';
const BURST = 250;

const from = (remoteAddress: string, request = validRequest()): IncomingRequest => ({
  ...request,
  remoteAddress,
});
const unsigned = validRequest('{}', { 'x-hub-signature-256': '' });

async function statusOf(setup: Setup, request: IncomingRequest): Promise<number | undefined> {
  return (await receive(setup.endpoint, request, {}))?.status;
}

/** Sends more bad requests than an address may. */
async function flood(setup: Setup, address: string, count = BURST + 10): Promise<Set<unknown>> {
  const statuses = new Set<unknown>();
  for (let n = 0; n < count; n++) statuses.add(await statusOf(setup, from(address, unsigned)));
  return statuses;
}

describe('an address that sends nothing but bad requests', () => {
  test('is refused with 429 before its requests are read, and told when to come back', async () => {
    const setup = setUp();
    assert.deepEqual([...(await flood(setup, STRANGER))], [401, 429]);
    const large = from(STRANGER, validRequest('x'.repeat(1001)));
    const answer = await receive(setup.endpoint, large, {});
    assert.equal(answer?.status, 429, 'before the body is looked at');
    assert.ok(Number(answer.headers['retry-after']) >= 1);
    assert.equal(answer.body, '{"detail":"Too Many Requests"}');
    assert.equal(await statusOf(setup, from('203.0.113.10')), 200, 'others are not concerned');
    setup.clock.advance(Number(answer.headers['retry-after']) * 1000);
    assert.equal(await statusOf(setup, from(STRANGER)), 200);
  });

  test('is refused at all endpoints, since they share what it wears out', async () => {
    const addresses = new AddressLimit();
    const [one, two] = [setUp({}, 10_000, addresses), setUp({}, 10_000, addresses)];
    await flood(one, STRANGER);
    assert.equal(await statusOf(two, from(STRANGER)), 429);
  });

  test('comes after the checks that cost less, and before those that cost more', async () => {
    const addresses = new AddressLimit();
    await flood(setUp({}, 10_000, addresses), STRANGER);
    const steps: [Partial<EndpointSettings>, number][] = [
      [{ enabled: false }, 503],
      [{ allowedIps: ['198.51.100.1'] }, 403],
      [{ maxBodyBytes: 1, secrets: null }, 429],
    ];
    for (const [settings, expected] of steps) {
      const setup = setUp(settings, 10_000, addresses);
      assert.equal(await statusOf(setup, from(STRANGER)), expected);
    }
  });

  test('is one address whichever of its IPv6 network it uses', async () => {
    const setup = setUp();
    for (let n = 0; n < BURST; n++) {
      await statusOf(setup, from(`2001:db8:0:7:${n.toString(16)}::1`, unsigned));
    }
    assert.equal(await statusOf(setup, from('2001:db8:0:7::ffff')), 429);
    assert.equal(await statusOf(setup, from('2001:db8:0:8::ffff')), 200);
    assert.equal(await statusOf(setup, from('2001:db8::7:0:0:1')), 200);
  });

  test('is what a trusted proxy saw, not the proxy', async () => {
    const setup = setUp({ proxyHops: 1 });
    const via = (ip: string, request: IncomingRequest): IncomingRequest => ({
      ...request,
      headers: { ...request.headers, 'x-forwarded-for': ip },
      remoteAddress: '10.0.0.1',
    });
    for (let n = 0; n < BURST; n++) await statusOf(setup, via(STRANGER, unsigned));
    assert.equal(await statusOf(setup, via(STRANGER, validRequest())), 429);
    assert.equal(await statusOf(setup, via('203.0.113.10', validRequest())), 200);
  });

  test('is not limited where it stands for everybody: a proxy that nobody told us of', async () => {
    for (const address of ['127.0.0.1', '10.1.2.3', '192.168.7.1', '::1', 'fd00::1']) {
      const setup = setUp();
      assert.deepEqual([...(await flood(setup, address))], [401], address);
      assert.equal(await statusOf(setup, from(address)), 200);
    }
  });
});

test('verified requests are never counted, however many come', async () => {
  const setup = setUp();
  for (let n = 0; n < BURST * 2; n++) assert.equal(await statusOf(setup, from(STRANGER)), 200);
});

test('addresses are forgotten: no flood from many of them fills the memory', () => {
  const limit = new AddressLimit();
  for (let n = 0; n < 300; n++) limit.charge('192.0.2.1', 0);
  assert.ok(limit.waitSeconds('192.0.2.1', 0) > 0);
  for (let n = 0; n < 20_000; n++) limit.charge(`2001:db8:${n.toString(16)}::1`, 0);
  assert.ok(limit.size <= 10_000);
  assert.equal(limit.waitSeconds('192.0.2.1', 0), 0);
  assert.equal(limit.waitSeconds('2001:db8:1::1', 3_600_000), 0);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FIELDS, type WebhookInConfig } from '../../../nodes/webhook-in/webhook-in.config';
import { endpointSettings } from '../../../nodes/webhook-in/endpoint-settings';
import { parseFields } from '../../../nodes/shared/config-fields';
import { autoDedup, isDedupKey, parseDedupKey } from '../../../src/ingest/dedup-key';
import { receive } from '../../../src/ingest/receive';
import { PROVIDERS } from '../../../src/signature/catalogue';
import { setUp, validRequest } from './endpoint-fixture';

function dedupOf(saved: Record<string, unknown>): unknown {
  const { config } = parseFields<WebhookInConfig>(FIELDS, { path: '/hooks/a', ...saved });
  return endpointSettings(config, { secret: 's' }, []).dedup;
}

test('auto is the id that the sender gives each delivery', () => {
  assert.deepEqual(dedupOf({ provider: 'github' }), { header: 'x-github-delivery' });
  assert.deepEqual(dedupOf({ provider: 'stripe' }), { json: 'id' });
});

test('auto is off where there is no such id: no guess is better than a wrong one', () => {
  assert.equal(dedupOf({ provider: 'none' }), null);
  assert.equal(dedupOf({ provider: 'generic' }), null);
  const deliveryId = { json: 'data.id' };
  assert.equal(autoDedup({ deliveryId, namesDelivery: false }), null);
  assert.deepEqual(autoDedup({ deliveryId, namesDelivery: true }), deliveryId);
});

test('every sender of the catalogue says whether its id names a delivery', () => {
  assert.ok(PROVIDERS.length > 0);
  for (const { id, deliveryId, namesDelivery } of PROVIDERS) {
    assert.equal(typeof namesDelivery, 'boolean', id);
    assert.ok(!namesDelivery || deliveryId !== null, `${id} has no id that could name a delivery`);
    const path = deliveryId !== null && 'json' in deliveryId ? deliveryId.json.split('.') : [];
    // Of several events in one request the first one's id says nothing about the others.
    const inList = path.some((segment) => /^\d+$/.test(segment));
    assert.ok(!(namesDelivery && inList), `${id}: an id inside a list names one of several`);
  }
});

test('a header or a place in the payload can be named; empty is off', () => {
  assert.deepEqual(dedupOf({ provider: 'none', dedupKey: 'header:X-Request-Id' }), {
    header: 'x-request-id',
  });
  assert.deepEqual(dedupOf({ provider: 'github', dedupKey: 'payload:data.id' }), {
    json: 'data.id',
  });
  assert.equal(dedupOf({ provider: 'github', dedupKey: '' }), null);
  for (const wrong of ['header:', 'payload:', 'header:a b', 'id', 'header:é']) {
    assert.equal(isDedupKey(wrong), false, wrong);
    assert.throws(() => parseDedupKey(wrong, null), { code: 'bad-config' });
  }
});

test('the key of a request is read from there, and a request without it is never a duplicate', async () => {
  const cases = [
    [{ header: 'x-id' }, validRequest('{}', { 'x-id': 'abc' }), 'abc'],
    [{ json: 'order' }, validRequest('{"order":7}'), '7'],
    [{ json: 'data.id' }, validRequest('{"data":{"id":"x"}}'), 'x'],
    [{ header: 'x-id' }, validRequest('{}'), null],
    [{ header: 'x-id' }, validRequest('{}', { 'x-id': '' }), null],
    [{ json: 'order' }, validRequest('{"order":{"a":1}}'), null],
    [{ json: 'order' }, validRequest('no json'), null],
    [{ json: '__proto__.x' }, validRequest('{}'), null],
  ] as const;
  for (const [dedup, request, expected] of cases) {
    const setup = setUp({ dedup });
    await receive(setup.endpoint, request, {});
    const stored = setup.accepted[0]?.options.dedup ?? null;
    assert.equal(stored?.key ?? null, expected, JSON.stringify(dedup));
  }
});

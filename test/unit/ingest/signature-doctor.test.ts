import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { it } from 'node:test';
import { receive } from '../../../src/ingest/receive';
import { SECRET, setUp, validRequest } from './endpoint-fixture';

/** Signed over the body as another serialiser writes it. */
function rewritten() {
  const signed = createHmac('sha256', SECRET).update('{"order":7}').digest('hex');
  return validRequest('{ "order": 7 }', { 'x-hub-signature-256': `sha256=${signed}` });
}

it('tells the user what would have to change, at most once a second, and the sender nothing', async () => {
  const setup = setUp();
  const advice = () => setup.rejected.map(({ detail }) => /serialised again/.test(detail));
  const answer = await receive(setup.endpoint, rewritten(), {});
  assert.equal(answer?.status, 401);
  assert.equal(answer.body, '{"detail":"Invalid signature"}');
  await receive(setup.endpoint, rewritten(), {});
  assert.deepEqual(advice(), [true, false]);
  setup.clock.advance(1000);
  await receive(setup.endpoint, rewritten(), {});
  assert.deepEqual(advice(), [true, false, true]);
  assert.equal(setup.accepted.length, 0);
});

import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { findProvider, PROVIDERS } from '../../../src/signature/catalogue';
import { createHandshakes, type HandshakeReply } from '../../../src/signature/handshake';
import { createVerifier } from '../../../src/signature/verify';
import { optionsOf, readVectors, requestOf, secretsOf, settingsOf, type Vector } from './vectors';

const vectors = readVectors('vectors').filter(({ kind }) => kind === 'handshake');

async function replyTo(vector: Vector): Promise<HandshakeReply | null> {
  const { scheme, handshakes } = findProvider(vector.provider)!;
  const verifier = createVerifier(scheme, secretsOf(vector), optionsOf(vector));
  const { answer } = createHandshakes(handshakes, {
    settings: settingsOf(vector),
    secret: () => vector.secret,
    verify: (request) => verifier.verify(request),
  });
  return answer(requestOf(vector));
}

function assertAnswered(reply: HandshakeReply | null, expected: NonNullable<Vector['response']>) {
  assert.ok(reply?.kind === 'answered', JSON.stringify(reply));
  const { status, headers, body } = reply.response;
  assert.equal(status, expected.status);
  if (expected.json === undefined) assert.equal(body, expected.body ?? '');
  else assert.deepEqual(JSON.parse(body), expected.json);
  if (expected.contentType !== undefined) {
    assert.equal(headers['content-type']?.split(';')[0], expected.contentType);
  }
  for (const [name, value] of Object.entries(expected.headers ?? {})) {
    assert.equal(headers[name.toLowerCase()], value);
  }
  assert.equal(reply.capture, expected.capture);
  assert.equal(reply.call, expected.action?.get);
}

describe('the recorded handshakes', () => {
  const seen = new Set<string>();
  for (const vector of vectors) {
    it(`${vector.id}: ${vector.expected}`, async () => {
      seen.add(vector.provider);
      const reply = await replyTo(vector);
      if (vector.expected === 'not-a-handshake') return assert.equal(reply, null);
      if (vector.expected === 'respond') return assertAnswered(reply, vector.response!);
      assert.ok(reply?.kind === 'refused');
      assert.equal(reply.status, vector.response!.status);
    });
  }
  after(() => console.log(`handshakes: ${vectors.length} of ${seen.size} providers`));
});

it('has vectors of every provider with a handshake', () => {
  const known = PROVIDERS.filter(({ handshakes }) => handshakes.length > 0).map(({ id }) => id);
  assert.deepEqual([...new Set(vectors.map(({ provider }) => provider))].sort(), known.sort());
  assert.equal(known.length, 25);
  assert.equal(vectors.length, 73);
});

it('takes no event of the sender for a handshake', async () => {
  const events = readVectors('vectors').filter(
    // One of them is the signed confirmation of a subscription.
    ({ kind, expected, name }) =>
      kind === 'verify' && expected === 'valid' && name !== 'valid-variant-subscription',
  );
  for (const vector of events) assert.equal(await replyTo(vector), null, vector.id);
});

it('is no echo for long values, and none in a header for what is not plain text', async () => {
  const vector = vectors.find(({ id }) => id === 'okta/handshake/a/ok')!;
  for (const value of ['x'.repeat(5000), 'caf\u00e9']) {
    const headers = { 'X-Okta-Verification-Challenge': value };
    const reply = await replyTo({ ...vector, headers });
    assert.equal(reply?.kind, value.length > 4096 ? 'refused' : 'answered');
  }
  const hook = vectors.find(({ id }) => id === 'asana/handshake/a/ok')!;
  const reply = await replyTo({ ...hook, headers: { 'X-Hook-Secret': 'caf\u00e9' } });
  assert.equal(reply?.kind, 'refused');
});

it('calls no address but the sender\u2019s', async () => {
  const vector = vectors.find(({ id }) => id === 'aws-sns/handshake/a/ok')!;
  const { handshakes } = findProvider(vector.provider)!;
  const { answer } = createHandshakes(handshakes, {
    settings: settingsOf(vector),
    secret: () => null,
    verify: () => ({ ok: true, secret: 'current' }),
  });
  const body = JSON.parse(Buffer.from(vector.bodyBase64, 'base64').toString()) as object;
  for (const SubscribeURL of [
    'http://sns.us-east-1.amazonaws.com/',
    'https://sns.us-east-1.amazonaws.com.example.com/',
    'https://sns.us-east-1.amazonaws.com:8443/',
    'https://user@sns.us-east-1.amazonaws.com/',
    'file:///etc/passwd',
    'sns.us-east-1.amazonaws.com',
  ]) {
    const bodyBase64 = Buffer.from(JSON.stringify({ ...body, SubscribeURL })).toString('base64');
    const reply = await answer(requestOf({ ...vector, bodyBase64 }));
    assert.equal(reply?.kind, 'refused', SubscribeURL);
  }
});

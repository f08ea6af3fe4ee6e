import assert from 'node:assert/strict';
import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { describe, it } from 'node:test';
import type { KeySource } from '../../../src/signature/key-source';
import { KeySetCache } from '../../../src/signature/key-set-cache';
import type { JwtScheme } from '../../../src/signature/scheme';
import { createVerifier } from '../../../src/signature/verify';
import { outcome, signedRequest } from './requests';

const URL_OF_KEYS = 'https://keys.example.com/jwks.json';
const NOW = 1_767_225_600_000;

function keyPair(kid: string) {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return { kid, privateKey, jwk: { ...publicKey.export({ format: 'jwk' }), kid, alg: 'ES256' } };
}
const first = keyPair('first');
const second = keyPair('second');

function token({ kid, privateKey }: { kid: string; privateKey: KeyObject }, claims = {}): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const signed = `${part({ alg: 'ES256', kid })}.${part({ sub: 'x', ...claims })}`;
  const signature = sign('sha256', Buffer.from(signed), {
    key: privateKey,
    dsaEncoding: 'ieee-p1363',
  });
  return `${signed}.${signature.toString('base64url')}`;
}

/** An address whose keys the test decides; undefined: it can't be reached. */
function setUp(keys: object[] | undefined) {
  const state = { now: NOW, asked: 0, keys };
  const cache = new KeySetCache({
    now: () => state.now,
    fetchBytes: () => {
      state.asked++;
      return state.keys === undefined
        ? Promise.reject(new Error('keys.example.com could not be asked'))
        : Promise.resolve(Buffer.from(JSON.stringify({ keys: state.keys })));
    },
  });
  const keySource: KeySource = {
    keySet: (url, kid) => cache.keySet(url, kid),
    certificateKey: () => Promise.reject(new Error('none')),
  };
  const scheme: JwtScheme = {
    scheme: 'jwt',
    token: { header: 'Authorization', scheme: 'Bearer' },
    algs: ['ES256'],
    jwks: true,
  };
  const verifier = createVerifier(scheme, null, {
    jwksUrl: URL_OF_KEYS,
    keySource,
    now: () => state.now,
  });
  const check = async (sent: string) =>
    outcome(await verifier.verify(signedRequest({ authorization: `Bearer ${sent}` })));
  return { state, check, cache };
}

describe('keys at an address', () => {
  it('are fetched with the first token, once', async () => {
    const { state, check } = setUp([first.jwk]);
    assert.equal(state.asked, 0);
    assert.deepEqual(await Promise.all([check(token(first)), check(token(first))]), ['ok', 'ok']);
    assert.equal(state.asked, 1);
  });

  it('are not asked for by a token that is refused anyway', async () => {
    const { state, check } = setUp([first.jwk]);
    const none = `${Buffer.from('{"alg":"none"}').toString('base64url')}.e30.`;
    const hs = `${Buffer.from('{"alg":"HS256","kid":"first"}').toString('base64url')}.e30.AAAA`;
    for (const sent of ['x', none, hs]) assert.equal(await check(sent), 'invalid-signature');
    assert.equal(state.asked, 0);
  });

  it('are asked for again where a kid is not among them, but not at once', async () => {
    const { state, check } = setUp([first.jwk]);
    assert.equal(await check(token(first)), 'ok');
    state.keys = [first.jwk, second.jwk];
    assert.equal(await check(token(second)), 'invalid-signature');
    assert.equal(state.asked, 1);
    state.now += 30_000;
    assert.equal(await check(token(second)), 'ok');
    assert.equal(state.asked, 2);
  });

  it('are not asked for more often than every 30 s, whatever kids are made up', async () => {
    const { state, check } = setUp([first.jwk]);
    for (let n = 0; n < 20; n++) await check(token({ ...second, kid: `made-up-${n}` }));
    assert.equal(state.asked, 1);
  });

  it('go on verifying while the address is down, for a day', async () => {
    const { state, check } = setUp([first.jwk]);
    assert.equal(await check(token(first)), 'ok');
    state.keys = undefined;
    state.now += 3_600_000;
    assert.equal(await check(token(first)), 'ok');
    assert.equal(await check(token(second)), 'invalid-signature');
    state.now += 86_400_000;
    assert.equal(await check(token(first)), 'key-unavailable');
    state.keys = [first.jwk];
    state.now += 30_000;
    assert.equal(await check(token(first)), 'ok');
  });

  it('forget a key that was taken away, once they are fetched again', async () => {
    const { state, check } = setUp([first.jwk, second.jwk]);
    assert.equal(await check(token(second)), 'ok');
    state.keys = [first.jwk];
    state.now += 600_000;
    assert.equal(await check(token(second)), 'invalid-signature');
  });

  it('that cannot be had are no reason to say that the token is wrong', async () => {
    const { check } = setUp(undefined);
    assert.equal(await check(token(first)), 'key-unavailable');
  });

  for (const url of ['http://keys.example.com/', 'ftp://x/', 'keys', '', 'https://u:p@x/']) {
    it(`are not fetched from ${url || 'nowhere'}`, async () => {
      const { cache, state } = setUp([first.jwk]);
      await assert.rejects(cache.keySet(url, undefined), /must be https/);
      assert.equal(state.asked, 0);
    });
  }

  it('may come over plain http from this machine', async () => {
    const { cache } = setUp([first.jwk]);
    for (const host of ['localhost:8080', '127.0.0.1', '[::1]:1880']) {
      assert.equal((await cache.keySet(`http://${host}/jwks`, undefined)).keys.length, 1);
    }
  });

  it('are no keys where the document is something else', async () => {
    const { state, check } = setUp([]);
    state.keys = 'nonsense' as never;
    assert.equal(await check(token(first)), 'key-unavailable');
  });
});

it('takes a key set or a single key that was pasted as the secret', async () => {
  const scheme: JwtScheme = {
    scheme: 'jwt',
    token: { header: 'Authorization', scheme: 'Bearer' },
    algs: ['ES256', 'HS256'],
  };
  for (const secret of [{ keys: [second.jwk, first.jwk] }, first.jwk]) {
    const current = JSON.stringify(secret);
    const verifier = createVerifier(scheme, { current }, { now: () => NOW });
    const request = signedRequest({ authorization: `Bearer ${token(first)}` });
    assert.equal(outcome(await verifier.verify(request)), 'ok');
  }
});

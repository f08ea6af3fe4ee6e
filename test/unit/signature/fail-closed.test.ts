import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { PROVIDERS } from '../../../src/signature/catalogue';
import { createHandshakes } from '../../../src/signature/handshake';
import type { Handshake } from '../../../src/signature/handshake-scheme';
import type { AsymmetricScheme, Secrets, SignedRequest } from '../../../src/signature/scheme';
import { createVerifier, type VerifierOptions } from '../../../src/signature/verify';
import { readVectors, requestOf, secretsOf, settingsOf } from './vectors';

const SCHEMES = PROVIDERS.filter(({ unsigned }) => unsigned !== true).map(({ scheme }) => scheme);
const scheme = fc.constantFrom(...SCHEMES);

/** Names that schemes look for, among others. */
const headerName = fc.oneof(
  fc.constantFrom(
    ...new Set(
      JSON.stringify(SCHEMES)
        .toLowerCase()
        .match(/[a-z]+(?:-[a-z0-9]+)+/g),
    ),
  ),
  fc.constantFrom('authorization', 'content-type', '__proto__', 'constructor', 'host'),
);
const headerValue = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.stringMatching(/^(sha256=|v1,|t=1,v1=|Bearer |Basic )?[A-Za-z0-9+/=._-]{0,100}$/),
  fc.stringMatching(/^\d{1,16}$/),
);
const body = fc.oneof(
  fc.uint8Array({ maxLength: 300 }),
  fc.json({ maxDepth: 4 }).map((text) => Buffer.from(text)),
  fc.webQueryParameters().map((text) => Buffer.from(text)),
);
const request: fc.Arbitrary<SignedRequest> = fc
  .record({
    method: fc.constantFrom('POST', 'GET', 'HEAD', 'OPTIONS', 'DELETE', ''),
    url: fc.oneof(fc.webUrl({ withQueryParameters: true }), fc.string()),
    headers: fc.array(fc.tuple(headerName, headerValue), { maxLength: 8 }),
    body,
  })
  .map(({ headers, ...rest }) => ({
    ...rest,
    headers: Object.fromEntries(headers),
    rawHeaders: headers.flat(),
  }));
const text = fc.oneof(fc.string({ minLength: 1 }), fc.base64String({ minLength: 4 }));
const secrets: fc.Arbitrary<Secrets | null> = fc.oneof(
  fc.constant(null),
  fc.record({ current: text, previous: text }, { requiredKeys: ['current'] }),
);
const settings = fc.dictionary(
  fc.constantFrom(
    'webhookId',
    'topicArn',
    'publicKey',
    'appKey',
    'audience',
    'apiKey',
    'clientKey',
  ),
  fc.string(),
);

function options(config: Record<string, string> = {}): VerifierOptions {
  const fails = () => Promise.reject(new Error('there is no network'));
  return {
    settings: config,
    keySource: { keySet: fails, certificateKey: fails },
    now: () => 1_767_225_600_000,
  };
}

describe('whatever comes, nothing is accepted that is not signed, and nothing is thrown', () => {
  it('any request, any secret, with the scheme of any sender', async () => {
    await fc.assert(
      fc.asyncProperty(scheme, secrets, settings, request, async (one, pair, config, sent) => {
        const verdict = await createVerifier(one, pair, options(config)).verify(sent);
        assert.equal(verdict.ok, false);
      }),
      { numRuns: 3000 },
    );
  });

  it('a genuine request, with a scheme in which one value is another', async () => {
    const genuine = readVectors('vectors').filter(
      ({ provider, name, secret }) => provider === 'stripe' && name === 'valid-basic' && secret,
    );
    const good = PROVIDERS.find(({ id }) => id === 'stripe')!.scheme;
    const value = fc.oneof(fc.anything(), fc.constantFrom('none', 'HMAC', 'hash', 'token', 'jwt'));
    await fc.assert(
      fc.asyncProperty(fc.constantFrom('scheme', 'sig', 'msg'), value, async (key, other) => {
        fc.pre(other !== 'none' || key !== 'scheme');
        const broken = { ...good, [key]: other };
        const [vector] = genuine;
        const verifier = createVerifier(broken, secretsOf(vector!), options());
        assert.equal((await verifier.verify(requestOf(vector!))).ok, false);
      }),
      { numRuns: 1000 },
    );
  });

  it('a request whose parts are not what they should be', async () => {
    const odd = fc.record({
      method: fc.anything(),
      url: fc.anything(),
      headers: fc.oneof(fc.object(), fc.constant(null), fc.anything()),
      rawHeaders: fc.oneof(fc.array(fc.anything()), fc.anything()),
      body: fc.oneof(body, fc.anything()),
    }) as unknown as fc.Arbitrary<SignedRequest>;
    await fc.assert(
      fc.asyncProperty(scheme, odd, async (one, sent) => {
        const verdict = await createVerifier(one, { current: 'secret' }, options()).verify(sent);
        assert.equal(verdict.ok, false);
      }),
      { numRuns: 1000 },
    );
  });
});

it('refuses where looking for a key throws, at once or later', async () => {
  const throws = (): never => {
    throw new Error('broken');
  };
  const tools = { ...options(), keySource: { keySet: throws, certificateKey: throws } };
  const one: AsymmetricScheme = {
    scheme: 'asymmetric',
    alg: 'rsa-sha256',
    key: { from: 'cert-url', url: { header: 'x-url' }, hostAllow: '^example\\.com$' },
    sig: { json: 'signature', enc: 'base64' },
    msg: '{body}',
  };
  const signed = { signature: 'AAAA' };
  const url = 'https://example.com/certificate.pem';
  for (const [scheme, body] of [
    [one, signed],
    [{ ...one, each: 'items' }, { items: [signed] }],
  ] as const) {
    const verdict = await createVerifier(scheme, null, tools).verify({
      ...{ method: 'POST', url: 'https://example.com/', headers: { 'x-url': url } },
      ...{ rawHeaders: ['x-url', url], body: Buffer.from(JSON.stringify(body)) },
    });
    assert.deepEqual([verdict.ok, 'detail' in verdict && verdict.detail], [false, NOT_CHECKED]);
  }
});

const NOT_CHECKED = 'The request could not be checked, so it was refused.';

it('answers no handshake that has to be signed, and throws at nothing', async () => {
  const all = PROVIDERS.flatMap(({ handshakes }) => handshakes);
  const signed = all.filter(({ verify }) => verify === true);
  assert.ok(signed.length >= 8);
  const handshakes = (of: readonly Handshake[]) =>
    createHandshakes(of, {
      settings: { verifyToken: 'x' },
      secret: () => 'secret',
      verify: () => ({ ok: false, refusal: 'invalid-signature', detail: 'no' }),
    });
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...all), request, async (one, sent) => {
      const reply = await handshakes([one]).answer(sent);
      if (one.verify === true) assert.notEqual(reply?.kind, 'answered');
    }),
    { numRuns: 3000 },
  );
  for (const { kind, expected, provider, ...vector } of readVectors('vectors')) {
    if (kind !== 'handshake' || expected !== 'respond') continue;
    const own = PROVIDERS.find(({ id }) => id === provider)!.handshakes;
    const isSigned = own.some(
      ({ verify, when }) => verify === true && when.method === vector.method,
    );
    const reply = await createHandshakes(own, {
      settings: settingsOf({ kind, expected, provider, ...vector }),
      secret: () => vector.secret,
      verify: () => ({ ok: false, refusal: 'invalid-signature', detail: 'no' }),
    }).answer(requestOf({ kind, expected, provider, ...vector }));
    if (isSigned) assert.equal(reply?.kind, 'refused', vector.id);
  }
});

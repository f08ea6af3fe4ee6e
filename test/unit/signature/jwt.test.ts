import assert from 'node:assert/strict';
import { createHmac, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { before, describe, it } from 'node:test';
import type { JWTPayload } from 'jose' with { 'resolution-mode': 'import' };
import { genericScheme } from '../../../src/signature/generic';
import {
  type JwtAlgorithm,
  type JwtOptions,
  SIGNATURE_DEFAULTS,
} from '../../../src/signature/options';
import type { JwtScheme, Secrets } from '../../../src/signature/scheme';
import { createVerifier } from '../../../src/signature/verify';
import { at, outcome, signedRequest } from './requests';

const NOW = 1_700_000_000;
const SECRET = 'a-shared-secret-of-a-decent-length-0123456789-0123456789-0123456789';

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const p256 = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const p384 = generateKeyPairSync('ec', { namedCurve: 'P-384' });
const ed25519 = generateKeyPairSync('ed25519');
const pemOf = (key: KeyObject) => key.export({ type: 'spki', format: 'pem' }) as string;

/** A self-signed certificate, and an RS256 token without claims by its key, which was thrown away. */
const certified = JSON.parse(readFileSync('test/fixtures/signature/certificate.json', 'utf8')) as {
  readonly certificate: string;
  readonly token: string;
};

async function sign(
  alg: string,
  key: KeyObject | string = SECRET,
  claims: JWTPayload = {},
): Promise<string> {
  const { SignJWT } = await import('jose');
  return new SignJWT(claims)
    .setProtectedHeader({ alg })
    .sign(typeof key === 'string' ? Buffer.from(key) : key);
}

function scheme(options: Partial<JwtOptions> = {}): JwtScheme {
  const jwt = { ...SIGNATURE_DEFAULTS.jwt, ...options };
  return genericScheme({ signatureType: 'jwt', signatureHeader: '', jwt }) as JwtScheme;
}

async function verdictOf(
  token: string,
  options: Partial<JwtOptions> = {},
  secrets: Secrets | string = SECRET,
  target: JwtScheme = scheme(options),
) {
  const held = typeof secrets === 'string' ? { current: secrets } : secrets;
  const request = signedRequest({ [target.token.header]: token }, 'any body');
  return createVerifier(target, held, at(NOW)).verify(request);
}

async function answer(...args: Parameters<typeof verdictOf>): Promise<string> {
  return outcome(await verdictOf(...args));
}

describe('algorithms', () => {
  const keys: Record<JwtAlgorithm, [secret: string, signer: KeyObject | string]> = {
    HS256: [SECRET, SECRET],
    HS384: [SECRET, SECRET],
    HS512: [SECRET, SECRET],
    RS256: [pemOf(rsa.publicKey), rsa.privateKey],
    RS384: [pemOf(rsa.publicKey), rsa.privateKey],
    RS512: [pemOf(rsa.publicKey), rsa.privateKey],
    PS256: [pemOf(rsa.publicKey), rsa.privateKey],
    PS384: [pemOf(rsa.publicKey), rsa.privateKey],
    PS512: [pemOf(rsa.publicKey), rsa.privateKey],
    ES256: [pemOf(p256.publicKey), p256.privateKey],
    ES384: [pemOf(p384.publicKey), p384.privateKey],
    ES512: ['', ''],
    EdDSA: [pemOf(ed25519.publicKey), ed25519.privateKey],
  };
  before(() => {
    const p521 = generateKeyPairSync('ec', { namedCurve: 'P-521' });
    keys.ES512 = [pemOf(p521.publicKey), p521.privateKey];
  });

  for (const algorithm of Object.keys(keys) as JwtAlgorithm[]) {
    it(`accepts ${algorithm} where it is allowed, and only there`, async () => {
      const [secret, signer] = keys[algorithm];
      const token = await sign(algorithm, signer);
      assert.equal(await answer(token, { algorithms: [algorithm] }, secret), 'ok');
      const sibling = algorithm.startsWith('HS') ? 'HS' : 'RS';
      const others = ([`${sibling}256`, `${sibling}384`] as JwtAlgorithm[]).filter(
        (name) => name !== algorithm,
      );
      assert.equal(await answer(token, { algorithms: others }, secret), 'invalid-signature');
    });
  }

  it('never uses a public key as the secret of an HMAC', async () => {
    const pem = pemOf(rsa.publicKey);
    const forged = await sign('HS256', pem);
    const both: JwtAlgorithm[] = ['HS256', 'RS256'];
    assert.equal(await answer(forged, { algorithms: both }, pem), 'invalid-signature');
    assert.equal(await answer(forged, { algorithms: ['HS256'] }, pem), 'no-secret');
    const genuine = await sign('RS256', rsa.privateKey);
    assert.equal(await answer(genuine, { algorithms: both }, pem), 'ok');
  });

  it('refuses unsigned tokens in every spelling', async () => {
    for (const alg of ['none', 'None', 'NONE', '']) {
      const head = Buffer.from(JSON.stringify({ alg })).toString('base64url');
      for (const signature of ['', 'eA']) {
        assert.equal(await answer(`${head}.e30.${signature}`), 'invalid-signature');
      }
    }
  });

  it('refuses a curve that does not belong to the algorithm', async () => {
    const token = await sign('ES256', p256.privateKey);
    const algorithms: JwtAlgorithm[] = ['ES256', 'ES384'];
    assert.equal(await answer(token, { algorithms }, pemOf(p384.publicKey)), 'invalid-signature');
  });

  it('refuses a signature of the same digest by another construction', async () => {
    const [head, body] = (await sign('HS256')).split('.');
    const wrong = createHmac('sha256', SECRET).update(`${body}.${head}`).digest('base64url');
    assert.equal(await answer(`${head}.${body}.${wrong}`), 'invalid-signature');
  });
});

describe('secrets', () => {
  it('tries both and says which one matched', async () => {
    const secrets = { current: `${SECRET}-new`, previous: SECRET };
    const verdict = await verdictOf(await sign('HS256'), {}, secrets);
    assert.deepEqual(verdict, { ok: true, secret: 'previous' });
  });

  it('serve a move from a shared secret to a public key', async () => {
    const secrets = { current: pemOf(ed25519.publicKey), previous: SECRET };
    const algorithms: JwtAlgorithm[] = ['HS256', 'EdDSA'];
    const [old, fresh] = [await sign('HS256'), await sign('EdDSA', ed25519.privateKey)];
    assert.deepEqual(await verdictOf(old, { algorithms }, secrets), {
      ok: true,
      secret: 'previous',
    });
    assert.deepEqual(await verdictOf(fresh, { algorithms }, secrets), {
      ok: true,
      secret: 'current',
    });
  });

  it('may be a PEM whose line breaks were lost or are written out', async () => {
    const token = await sign('RS256', rsa.privateKey);
    const pem = pemOf(rsa.publicKey);
    for (const text of [
      pem.replaceAll('\n', ''),
      pem.replaceAll('\n', ' '),
      pem.replaceAll('\n', '\\n'),
      `\r\n ${pem.replaceAll('\n', '\r\n')}`,
    ]) {
      assert.equal(await answer(token, { algorithms: ['RS256'] }, text), 'ok', text);
    }
  });

  it('may be a certificate', async () => {
    const { token, certificate } = certified;
    assert.equal(await answer(token, { algorithms: ['RS256'] }, certificate), 'ok');
    const other = await sign('RS256', rsa.privateKey);
    assert.equal(await answer(other, { algorithms: ['RS256'] }, certificate), 'invalid-signature');
  });

  const unusable: Record<string, string> = {
    'a shared secret for RS256': SECRET,
    'a damaged PEM': pemOf(rsa.publicKey).replace('MII', 'XXX'),
    'a damaged certificate': certified.certificate.replace('MII', 'XXX'),
    'a private key': rsa.privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
    'two keys': pemOf(rsa.publicKey).repeat(2),
    nothing: ' ',
  };
  for (const [name, secret] of Object.entries(unusable)) {
    it(`refuses everything with ${name}`, async () => {
      const token = await sign('RS256', rsa.privateKey);
      const verdict = await verdictOf(token, { algorithms: ['RS256'] }, secret);
      assert.equal(outcome(verdict), 'no-secret');
      assert.ok(secret === ' ' || !JSON.stringify(verdict).includes(secret.slice(30, 60)));
    });
  }
});

describe('claims', () => {
  const cases: readonly [string, JWTPayload, Partial<JwtOptions>, string][] = [
    ['no exp', {}, {}, 'ok'],
    ['no exp where it is required', {}, { requiredClaims: ['exp'] }, 'invalid-signature'],
    ['an exp where it is required', { exp: NOW + 1 }, { requiredClaims: ['exp'] }, 'ok'],
    ['exp within the leeway', { exp: NOW - 59 }, {}, 'ok'],
    ['exp past the leeway', { exp: NOW - 60 }, {}, 'invalid-signature'],
    ['nbf within the leeway', { nbf: NOW + 60 }, {}, 'ok'],
    ['nbf past the leeway', { nbf: NOW + 61 }, {}, 'invalid-signature'],
    ['iat within the leeway', { iat: NOW + 60 }, {}, 'ok'],
    ['iat past the leeway', { iat: NOW + 61 }, {}, 'invalid-signature'],
    ['iat as old as is allowed', { iat: NOW - 300 }, { maxAgeSeconds: 300 }, 'ok'],
    ['iat that is too old', { iat: NOW - 301 }, { maxAgeSeconds: 300 }, 'stale-timestamp'],
    ['no iat where an age is set', {}, { maxAgeSeconds: 300 }, 'invalid-signature'],
    ['exp past a leeway of its own', { exp: NOW - 5 }, { leewaySeconds: 5 }, 'invalid-signature'],
    ['exp within a leeway of its own', { exp: NOW - 90 }, { leewaySeconds: 100 }, 'ok'],
    ['iat that is no number', { iat: 'now' } as never, {}, 'invalid-signature'],
    ['exp that is no number', { exp: 'never' } as never, {}, 'invalid-signature'],
    ['the issuer', { iss: 'us' }, { issuer: 'us' }, 'ok'],
    ['another issuer', { iss: 'them' }, { issuer: 'us' }, 'invalid-signature'],
    ['no issuer', {}, { issuer: 'us' }, 'invalid-signature'],
    ['an issuer that nobody asked for', { iss: 'them' }, {}, 'ok'],
    ['the audience', { aud: 'us' }, { audience: 'us' }, 'ok'],
    ['the audience among others', { aud: ['x', 'us'] }, { audience: 'us' }, 'ok'],
    ['another audience', { aud: 'them' }, { audience: 'us' }, 'invalid-signature'],
    ['no audience', {}, { audience: 'us' }, 'invalid-signature'],
    ['an audience that nobody set here', { aud: 'them' }, {}, 'invalid-signature'],
  ];
  for (const [name, claims, options, expected] of cases) {
    it(`${name}: ${expected}`, async () => {
      assert.equal(await answer(await sign('HS256', SECRET, claims), options), expected);
    });
  }

  it('name the claim that is wrong, and not its value', async () => {
    const token = await sign('HS256', SECRET, { iss: 'leak-me' });
    const verdict = await verdictOf(token, { issuer: 'us' });
    assert.match(JSON.stringify(verdict), /claim iss /);
    assert.doesNotMatch(JSON.stringify(verdict), /leak-me/);
  });

  it('decide once a signature matches, whatever the other secret says', async () => {
    const token = await sign('HS256', SECRET, { exp: 1 });
    for (const secrets of [
      { current: SECRET, previous: 'other' },
      { current: 'other', previous: SECRET },
    ]) {
      const verdict = await verdictOf(token, {}, secrets);
      assert.match(JSON.stringify(verdict), /expired/);
    }
  });
});

describe('where the token is', () => {
  it('is the header, with or without Bearer in any case', async () => {
    const token = await sign('HS256');
    for (const value of [token, `Bearer ${token}`, `bearer ${token}`, `BEARER ${token}`]) {
      assert.equal(await answer(value), 'ok');
    }
    for (const value of [`Bearer  ${token}`, `Token ${token}`, `Bearer`, `${token}, ${token}`]) {
      assert.equal(await answer(value), 'invalid-signature', value);
    }
  });

  it('may need the word before it', async () => {
    const strict: JwtScheme = { ...scheme(), token: { header: 'Authorization', scheme: 'JWT' } };
    const token = await sign('HS256');
    assert.equal(await answer(`JWT ${token}`, {}, SECRET, strict), 'ok');
    assert.equal(await answer(token, {}, SECRET, strict), 'invalid-signature');
    assert.equal(await answer(`Bearer ${token}`, {}, SECRET, strict), 'invalid-signature');
  });

  it('is missing without the header', async () => {
    const verdict = await createVerifier(scheme(), { current: SECRET }, at(NOW)).verify(
      signedRequest({}),
    );
    assert.deepEqual(verdict, {
      ok: false,
      refusal: 'missing-signature',
      detail: 'Missing signature header: Authorization',
    });
  });
});

it('refuses, and never rejects, whatever the header holds', async () => {
  for (const value of ['a.b.c', '..', 'e30.e30.e30', '\u00e9.\u00fc.\u00f6', 'x'.repeat(20_000)]) {
    assert.equal(await answer(value), 'invalid-signature');
  }
});

import assert from 'node:assert/strict';
import { createHmac, generateKeyPairSync } from 'node:crypto';
import { describe, it } from 'node:test';
import type { HmacScheme, Scheme, Secrets } from '../../../src/signature/scheme';
import { createVerifier } from '../../../src/signature/verify';
import { at, outcome, signedRequest, sync } from './requests';

const NOW = 1_700_000_000;
const SECRET = 'a secret';
const BODY = Buffer.from([0xef, 0xbb, 0xbf, 0x00, 0xff, 0x41]);

const plain: HmacScheme = {
  scheme: 'hmac',
  alg: 'sha256',
  sig: { header: 'X-Signature', enc: 'hex' },
  msg: '{body}',
};
const listed: HmacScheme = {
  ...plain,
  sig: { ...plain.sig, list: { sep: ',', kv: '=', field: 'v1' } },
  ts: { sigField: 't', tol: 300 },
  msg: '{timestamp}.{body}',
};
const stamped: HmacScheme = {
  ...plain,
  ts: { header: 'X-Time', tol: 300 },
  msg: 'v0:{timestamp}:{body}',
};

function mac(parts: readonly (string | Uint8Array)[], secret = SECRET, alg = 'sha256') {
  const hmac = createHmac(alg, secret);
  for (const part of parts) hmac.update(part);
  return hmac.digest();
}

function check(
  scheme: Scheme,
  headers: Record<string, string>,
  options: { secrets?: Secrets | null; now?: number; toleranceSeconds?: number | null } = {},
) {
  const { secrets = { current: SECRET }, now = NOW, toleranceSeconds = null } = options;
  const verifier = createVerifier(scheme, secrets, { ...at(now), toleranceSeconds });
  return sync(verifier.verify(signedRequest(headers, BODY)));
}

describe('encodings and prefixes', () => {
  for (const enc of ['hex', 'base64', 'base64url'] as const) {
    for (const alg of ['sha1', 'sha256', 'sha512'] as const) {
      it(`accepts ${alg} as ${enc}`, () => {
        const scheme: HmacScheme = { ...plain, alg, sig: { ...plain.sig, enc } };
        const signature = mac([BODY], SECRET, alg).toString(enc);
        assert.equal(outcome(check(scheme, { 'x-signature': signature })), 'ok');
      });
    }
  }

  it('demands the exact prefix', () => {
    const scheme: HmacScheme = { ...plain, sig: { ...plain.sig, prefix: 'sha256=' } };
    const hex = mac([BODY]).toString('hex');
    assert.equal(outcome(check(scheme, { 'x-signature': `sha256=${hex}` })), 'ok');
    for (const wrong of [hex, `SHA256=${hex}`, `sha1=${hex}`, `sha256=sha256=${hex}`]) {
      assert.equal(outcome(check(scheme, { 'x-signature': wrong })), 'invalid-signature', wrong);
    }
  });

  it('takes any of several prefixes', () => {
    const scheme: HmacScheme = { ...plain, sig: { ...plain.sig, prefix: ['a=', 'b='] } };
    const hex = mac([BODY]).toString('hex');
    assert.equal(outcome(check(scheme, { 'x-signature': `b=${hex}` })), 'ok');
    assert.equal(outcome(check(scheme, { 'x-signature': hex })), 'invalid-signature');
  });

  it('refuses a header that came twice, with different values or the same', () => {
    const hex = mac([BODY]).toString('hex');
    for (const first of ['0'.repeat(64), hex]) {
      const twice = { 'x-signature': `${first}, ${hex}` };
      assert.equal(outcome(check(plain, twice)), 'invalid-signature');
    }
  });

  it('finds no header in the prototype of the headers', () => {
    const scheme: HmacScheme = { ...plain, sig: { header: 'constructor', enc: 'hex' } };
    assert.equal(outcome(check(scheme, {})), 'missing-signature');
  });
});

describe('secrets', () => {
  const previousOnly = { 'x-signature': mac([BODY], 'old').toString('hex') };

  it('tries both and says which one matched', () => {
    const secrets = { current: SECRET, previous: 'old' };
    const current = { 'x-signature': mac([BODY]).toString('hex') };
    assert.deepEqual(check(plain, current, { secrets }), { ok: true, secret: 'current' });
    assert.deepEqual(check(plain, previousOnly, { secrets }), { ok: true, secret: 'previous' });
  });

  it('does not let a previous secret stand in for a missing current one', () => {
    const secrets = { current: '${NEW}', previous: 'old' };
    assert.equal(outcome(check(plain, previousOnly, { secrets })), 'no-secret');
  });

  for (const missing of ['', ' ', '\t\n', '${X}', ' ${MY_SECRET} ', undefined, null, 7]) {
    it(`refuses everything where the secret is ${JSON.stringify(missing) ?? 'undefined'}`, () => {
      const secrets = { current: missing } as unknown as Secrets;
      const signature = mac([BODY], String(missing ?? '')).toString('hex');
      assert.equal(outcome(check(plain, { 'x-signature': signature }, { secrets })), 'no-secret');
    });

    it(`never matches a previous secret of ${JSON.stringify(missing) ?? 'undefined'}`, () => {
      const secrets = { current: SECRET, previous: missing } as unknown as Secrets;
      const signature = mac([BODY], String(missing ?? '')).toString('hex');
      const verdict = check(plain, { 'x-signature': signature }, { secrets });
      assert.equal(outcome(verdict), 'invalid-signature');
    });
  }

  it('refuses without any secrets', () => {
    assert.equal(outcome(check(plain, { 'x-signature': '00' }, { secrets: null })), 'no-secret');
  });

  it('refuses a public key as secret: everybody can sign with it', () => {
    const { publicKey } = generateKeyPairSync('ed25519');
    const pem = publicKey.export({ type: 'spki', format: 'pem' }) as string;
    const signature = mac([BODY], pem).toString('hex');
    const verdict = check(plain, { 'x-signature': signature }, { secrets: { current: pem } });
    assert.equal(outcome(verdict), 'no-secret');
  });
});

describe('times of signing', () => {
  const signedAt = (time: number | string) => ({
    'x-time': String(time),
    'x-signature': mac([`v0:${time}:`, BODY]).toString('hex'),
  });

  const cases: readonly [
    name: string,
    age: number,
    ts: object,
    tolerance: number | null,
    string,
  ][] = [
    ['at the edge', 300, { tol: 300 }, null, 'ok'],
    ['past the edge', 301, { tol: 300 }, null, 'stale-timestamp'],
    ['at the edge of the future', -300, { tol: 300 }, null, 'ok'],
    ['past the edge of the future', -301, { tol: 300 }, null, 'stale-timestamp'],
    ['in an unlimited future', -99_999, { tol: 300, futureTol: null }, null, 'ok'],
    ['in a narrow future', -11, { tol: 300, futureTol: 10 }, null, 'stale-timestamp'],
    ['in an unlimited past', 9_999_999, { tol: null }, null, 'ok'],
    ['in an unlimited past, limited by the user', 61, { tol: null }, 60, 'stale-timestamp'],
    ['past the user\u2019s edge', 61, { tol: 300 }, 60, 'stale-timestamp'],
    ['within the user\u2019s wider window', 900, { tol: 300 }, 1000, 'ok'],
    ['past the user\u2019s edge of the future', -61, { tol: 300 }, 60, 'stale-timestamp'],
    ['a second old, where the user allows none', 1, { tol: 300 }, 0, 'stale-timestamp'],
  ];
  for (const [name, age, ts, toleranceSeconds, expected] of cases) {
    it(`${name}: ${expected}`, () => {
      const scheme = { ...stamped, ts: { header: 'X-Time', ...ts } } as HmacScheme;
      const verdict = check(scheme, signedAt(NOW - age), { toleranceSeconds });
      assert.equal(outcome(verdict), expected);
    });
  }

  it('is never called stale when the signature is wrong', () => {
    const headers = { ...signedAt(NOW - 999), 'x-signature': '0'.repeat(64) };
    assert.equal(outcome(check(stamped, headers)), 'invalid-signature');
  });

  it('must be there', () => {
    const headers = { 'x-signature': mac(['v0::', BODY]).toString('hex') };
    assert.equal(outcome(check(stamped, headers)), 'missing-timestamp');
    const signature = mac(['.', BODY]).toString('hex');
    assert.equal(outcome(check(listed, { 'x-signature': `v1=${signature}` })), 'missing-timestamp');
    assert.equal(
      outcome(check(listed, { 'x-signature': `t=,v1=${signature}` })),
      'missing-timestamp',
    );
  });

  for (const time of ['+1700000000', '-1', '1700000000.0', '1e9', '0x10', ' 1700000000', 'NaN']) {
    it(`must be digits: "${time}"`, () => {
      assert.equal(outcome(check(stamped, signedAt(time))), 'invalid-signature');
    });
  }

  it('is signed as it was sent', () => {
    assert.equal(outcome(check(stamped, signedAt(`0${NOW}`))), 'ok');
  });
});

describe('lists', () => {
  const good = mac([`${NOW}.`, BODY]).toString('hex');

  it('tries every signature', () => {
    const bad = '0'.repeat(64);
    const header = `t=${NOW},v1=zz,v1=abcd,v1=${bad},v1=${good},v0=${bad},v0=${bad}`;
    assert.equal(outcome(check(listed, { 'x-signature': header })), 'ok');
  });

  it('takes no signature from another key', () => {
    for (const key of ['v0', 'V1', 'v11', '']) {
      const header = `t=${NOW},${key}=${good}`;
      assert.equal(outcome(check(listed, { 'x-signature': header })), 'invalid-signature', key);
    }
  });

  it('refuses two times of signing: one of them may be forged', () => {
    const header = `t=${NOW},t=${NOW - 5},v1=${good}`;
    assert.equal(outcome(check(listed, { 'x-signature': header })), 'invalid-signature');
  });
});

describe('messages', () => {
  const scheme: HmacScheme = {
    ...plain,
    id: { header: 'X-Id' },
    msg: '{id}\u20ac{header:X-Topic}|{body}',
  };

  it('are made of the bytes of the wire', () => {
    // Node.js hands the UTF-8 bytes C3 A9 of "é" over as two Latin-1 characters.
    const headers = {
      'x-id': 'm1',
      'x-topic': '\u00c3\u00a9',
      'x-signature': mac(['m1\u20ac', Buffer.from([0xc3, 0xa9]), '|', BODY]).toString('hex'),
    };
    assert.equal(outcome(check(scheme, headers)), 'ok');
  });

  it('need every header that they cover', () => {
    const signature = mac(['\u20ac|', BODY]).toString('hex');
    const verdict = check(scheme, { 'x-signature': signature, 'x-id': 'm1' });
    assert.deepEqual(verdict, {
      ok: false,
      refusal: 'invalid-signature',
      detail: 'Missing or ambiguous, and the signature covers it: x-topic',
    });
  });
});

describe('what goes wrong while checking', () => {
  const headers = { 'x-signature': mac([BODY]).toString('hex') };

  it('is a refusal: a clock that throws', () => {
    const verifier = createVerifier(
      stamped,
      { current: SECRET },
      {
        now: () => {
          throw new Error('no clock');
        },
      },
    );
    const signature = mac([`v0:${NOW}:`, BODY]).toString('hex');
    const request = signedRequest({ 'x-time': String(NOW), 'x-signature': signature }, BODY);
    assert.equal(outcome(sync(verifier.verify(request))), 'invalid-signature');
  });

  const broken: Record<string, unknown> = {
    'an unknown scheme': { scheme: 'magic' },
    'an unknown algorithm': { ...plain, alg: 'sha3' },
    'an unknown placeholder': { ...plain, msg: '{body}{nonce}' },
    'a time from nowhere': { ...plain, msg: '{timestamp}.{body}' },
    'an id from nowhere': { ...plain, msg: '{id}.{body}' },
    'no signature': { ...plain, sig: undefined },
  };
  for (const [name, scheme] of Object.entries(broken)) {
    it(`is a refusal: ${name}`, () => {
      assert.equal(outcome(check(scheme as Scheme, headers)), 'invalid-signature');
    });
  }
});

describe('details of refusals', () => {
  it('name the header as it is configured', () => {
    const verdict = check(plain, {});
    assert.equal(verdict.ok ? '' : verdict.detail, 'Missing signature header: X-Signature');
  });

  it('never hold a secret, a signature or what was sent', () => {
    const sent = 'c0ffee'.repeat(11);
    const expected = mac([`v0:${NOW}:`, BODY]).toString('hex');
    for (const time of [String(NOW), 'leak-me', '1']) {
      for (const signature of [sent, expected, 'leak-me']) {
        const verdict = check(stamped, { 'x-time': time, 'x-signature': signature });
        const text = JSON.stringify(verdict);
        for (const secret of [SECRET, sent, expected, 'leak-me']) {
          assert.ok(!text.includes(secret), text);
        }
      }
    }
  });
});

it('verifies nothing for the scheme none, and says so', () => {
  assert.deepEqual(check({ scheme: 'none' }, {}, { secrets: null }), { ok: true, secret: null });
});

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { PROVIDERS } from '../../../src/signature/catalogue';
import { genericScheme } from '../../../src/signature/generic';
import { SIGNATURE_DEFAULTS, SIGNATURE_TYPES } from '../../../src/signature/options';
import { validateScheme } from '../../../src/signature/validate-scheme';

const hmac = {
  scheme: 'hmac',
  alg: 'sha256',
  sig: { header: 'x-sig', list: { sep: ',', kv: '=', field: 'v1' }, enc: 'hex' },
  ts: { sigField: 't', tol: 300, futureTol: null },
  id: { header: 'x-id' },
  msg: '{id}.{timestamp}.{header:x-topic}.{body}',
};
const jwt = {
  scheme: 'jwt',
  token: { header: 'Authorization', scheme: 'Bearer', schemeOptional: true },
  algs: ['HS256', 'RS256'],
  claims: { iss: ['a', 'b'], aud: 'us', required: ['exp'] },
};

const hash = {
  scheme: 'hash',
  alg: 'sha256',
  sig: { header: 'x-sig', enc: 'hex' },
  msg: '{secret}{body}',
};
const asymmetric = {
  scheme: 'asymmetric',
  alg: 'ed25519',
  key: { from: 'static', fmt: 'ed25519-hex' },
  sig: { header: 'x-sig', enc: 'hex' },
  msg: '{body}',
};

describe('validateScheme', () => {
  const good: Record<string, unknown> = {
    hmac,
    hash,
    asymmetric,
    jwt,
    none: { scheme: 'none' },
    ...Object.fromEntries(PROVIDERS.map(({ id, scheme }) => [id, scheme])),
    ...Object.fromEntries(
      SIGNATURE_TYPES.map((type) => [
        type,
        genericScheme({ ...SIGNATURE_DEFAULTS, signatureType: type }),
      ]),
    ),
  };
  for (const [name, scheme] of Object.entries(good)) {
    it(`accepts ${name} as it is`, () => {
      assert.deepEqual(validateScheme(JSON.parse(JSON.stringify(scheme))), { ok: true, scheme });
    });
  }

  const { sig, ts, id, ...rest } = hmac;
  const bad: readonly [unknown, RegExp][] = [
    [undefined, /^The scheme must be an object/],
    ['{}', /^The scheme must be an object/],
    [[], /^The scheme must be an object/],
    [{}, /^`scheme` must be one of hmac, hash, asymmetric, jwt, token, none/],
    [{ scheme: 'HMAC' }, /^`scheme` /],
    [{ scheme: 'none', alg: 'sha256' }, /^`alg` is not known/],
    [{ ...hmac, alg: 'md4' }, /^`alg` must be one of sha1, sha256, sha384, sha512, md5/],
    [{ ...hmac, key: { enc: 'base32' } }, /^`key.enc` must be one of utf8, base64, hex/],
    [{ ...hmac, key: { encoding: 'hex' } }, /^`key.encoding` is not known/],
    [{ ...hmac, key: { strip: 'whsec_' } }, /^`key.strip` must be a list/],
    [{ ...hmac, key: { derive: 'sha3' } }, /^`key.derive` /],
    [{ ...hmac, sig: { ...sig, json: 'a.b' } }, /^`sig` must have one of header, headers/],
    [{ ...hmac, sig: { headers: [], enc: 'hex' } }, /^`sig.headers` names no header/],
    [{ ...hmac, sig: { ...sig, headerPattern: '^x' } }, /^`sig.headerPattern` goes with/],
    [
      { ...hmac, sig: { headers: [], headerPattern: '(', enc: 'hex' } },
      /^`sig.headerPattern` must/,
    ],
    [{ ...hmac, each: 1 }, /^`each` must be a text/],
    [{ ...hmac, requireHeader: { 'x-version': 2 } }, /^`requireHeader.x-version` must be a text/],
    [{ ...hmac, bodyHash: { query: 'h', alg: 'sha256' } }, /^`bodyHash.enc` /],
    [{ ...hmac, msg: { builder: 'magic' } }, /^`msg.builder` must be one of/],
    [{ ...hmac, msg: '{id}{timestamp}{body}{secret}' }, /^`msg` may contain \{secret\} only/],
    [{ ...hash, msg: '{body}' }, /^`msg` must contain \{secret\}/],
    [{ ...asymmetric, alg: 'dsa' }, /^`alg` must be one of ed25519/],
    [{ ...asymmetric, alg: { by: { header: 'x-alg' }, map: {} } }, /^`alg.map` must name/],
    [{ ...asymmetric, key: { from: 'static', fmt: 'jwk' } }, /^`key.fmt` /],
    [
      { ...asymmetric, key: { from: 'cert-url', url: { json: 'u' }, hostAllow: 'example.com' } },
      /^`key.hostAllow` must begin with/,
    ],
    [{ scheme: 'token', at: {} }, /^`at` must have one of header, query, json, jsonAll/],
    [{ scheme: 'token', at: { header: 'x', query: 'y' } }, /^`at` must have one of/],
    [{ scheme: 'token', at: { query: 'y', scheme: 'Bearer' } }, /^`at.scheme` is a word before/],
    [{ scheme: 'token', at: { header: 'x', scheme: 'Digest' } }, /^`at.scheme` must be one of/],
    [{ scheme: 'token', at: { jsonAll: { array: 'value' } } }, /^`at.jsonAll.path` /],
    [{ ...hmac, sig: undefined }, /^`sig` must be an object/],
    [{ ...hmac, sig: { ...sig, header: 'x sig' } }, /^`sig.header` /],
    [{ ...hmac, sig: { ...sig, header: '' } }, /^`sig.header` /],
    [{ ...hmac, sig: { ...sig, header: 'x\r\ny' } }, /^`sig.header` /],
    [{ ...hmac, sig: { ...sig, prefix: [] } }, /^`sig.prefix` /],
    [{ ...hmac, sig: { ...sig, prefix: [1] } }, /^`sig.prefix` /],
    [{ ...hmac, sig: { ...sig, enc: 'base32' } }, /^`sig.enc` /],
    [{ ...hmac, sig: { ...sig, at: 'query' } }, /^`sig.at` is not known/],
    [{ ...hmac, sig: { ...sig, list: { sep: ',', kv: '=' } } }, /^`sig.list.field` /],
    [{ ...hmac, sig: { ...sig, list: { ...sig.list, sep: '' } } }, /^`sig.list.sep` /],
    [{ ...hmac, sig: { ...sig, list: { ...sig.list, x: 1 } } }, /^`sig.list.x` /],
    [{ ...hmac, ts: { tol: 1 } }, /^`ts` must have one of header, sigField, json/],
    [{ ...hmac, ts: { ...ts, header: 'x-time' } }, /^`ts` must have one of/],
    [{ ...hmac, ts: { ...ts, tol: undefined } }, /^`ts.tol` /],
    [{ ...hmac, ts: { ...ts, tol: -1 } }, /^`ts.tol` /],
    [{ ...hmac, ts: { ...ts, tol: Number.NaN } }, /^`ts.tol` /],
    [{ ...hmac, ts: { ...ts, tol: '300' } }, /^`ts.tol` /],
    [{ ...hmac, ts: { ...ts, futureTol: Infinity } }, /^`ts.futureTol` /],
    [{ ...hmac, ts: { ...ts, fmt: 'us' } }, /^`ts.fmt` must be one of s, ms, iso/],
    [{ ...hmac, sig: { header: 'x-sig', enc: 'hex' } }, /^`ts.sigField` needs `sig.list`/],
    [{ ...rest, sig, id }, /^`msg` has \{timestamp\}/],
    [{ ...rest, sig, ts }, /^`msg` has \{id\}/],
    [{ ...hmac, id: { header: 1 } }, /^`id.header` /],
    [{ ...hmac, msg: '{id}.{body}' }, /^`msg` must contain \{timestamp\}/],
    [{ ...hmac, msg: '{timestamp}.{body}' }, /^`msg` must contain \{id\}/],
    [{ ...hmac, msg: '{id}.{timestamp}' }, /^`msg` must contain \{body\}/],
    [
      { ...hmac, msg: '{id}.{timestamp}.{body}{nonce}' },
      /^`msg` has an unknown placeholder: \{nonce\}/,
    ],
    [{ ...hmac, msg: '{id}.{timestamp}.{body}}' }, /^`msg` has an unknown placeholder/],
    [{ ...hmac, msg: '{id}{timestamp}{body}{header:a,b}' }, /^`msg` has a \{header:/],
    [{ ...hmac, msg: 7 }, /^`msg` must be a text/],
    [{ ...jwt, algs: ['none'] }, /^`algs` must be one of HS256/],
    [{ ...jwt, algs: [] }, /^`algs` must be a list/],
    [{ ...jwt, algs: 'HS256' }, /^`algs` must be a list/],
    [{ ...jwt, token: {} }, /^`token.header` /],
    [{ ...jwt, token: { header: 'a', schemeOptional: 1 } }, /^`token.schemeOptional` /],
    [{ ...jwt, jwks: 'http://example.com/keys' }, /^`jwks` must be true, or an https address/],
    [{ ...jwt, claims: { iatMaxAge: -1 } }, /^`claims.iatMaxAge` /],
    [{ ...jwt, claims: { requireExp: 'yes' } }, /^`claims.requireExp` /],
    [{ ...jwt, claims: { bodyHash: { claim: 'h' } } }, /^`claims.bodyHash.enc` /],
    [{ ...jwt, claims: { nonce: 'x' } }, /^`claims.nonce` is not known/],
    [{ ...jwt, claims: { iss: 1 } }, /^`claims.iss` /],
    [{ ...jwt, claims: { aud: [] } }, /^`claims.aud` /],
    [{ ...jwt, claims: { required: 'exp' } }, /^`claims.required` /],
    [{ ...jwt, claims: { sub: 'x' } }, /^`claims.sub` must be one of url/],
  ];
  for (const [scheme, problem] of bad) {
    it(`names what is wrong: ${problem.source}`, () => {
      const result = validateScheme(scheme);
      assert.match(result.ok ? 'accepted' : result.problem, problem);
    });
  }

  it('gives back a scheme of its own, without what a prototype may hold', () => {
    const value = JSON.parse('{"scheme":"none","__proto__":{"alg":"x"}}') as unknown;
    assert.equal(validateScheme(value).ok, false);
  });
});

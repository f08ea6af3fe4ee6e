import assert from 'node:assert/strict';
import { it } from 'node:test';
import { PROVIDERS, findProvider } from '../../../src/signature/catalogue';
import { genericScheme } from '../../../src/signature/generic';
import {
  secretHeaderPattern,
  secretHeaders,
  secretQuery,
  signatureHeaderName,
} from '../../../src/signature/locations';
import {
  isHeaderName,
  isSignatureType,
  isToleranceSeconds,
  readJwtOptions,
  SIGNATURE_DEFAULTS,
} from '../../../src/signature/options';

it('reads signature types exactly', () => {
  assert.equal(isSignatureType('hmac_sha512'), true);
  for (const wrong of ['HMAC_SHA256', 'none', '', undefined, 'toString']) {
    assert.equal(isSignatureType(wrong), false);
  }
});

it('reads header names as HTTP does', () => {
  for (const name of ['X-Hub-Signature-256', 'authorization']) {
    assert.equal(isHeaderName(name), true);
  }
  for (const wrong of ['', ' x', 'x:y', 'x y', 'x\n', '\u00e9', 'x'.repeat(101), 1]) {
    assert.equal(isHeaderName(wrong), false);
  }
});

it('reads replay windows: whole seconds up to a week, or the scheme\u2019s own', () => {
  for (const value of [null, 0, 300, 604_800]) assert.equal(isToleranceSeconds(value), true);
  for (const wrong of [-1, 0.5, 604_801, NaN, Infinity, '300', undefined]) {
    assert.equal(isToleranceSeconds(wrong), false);
  }
});

it('reads the options of tokens', () => {
  assert.deepEqual(readJwtOptions({}), SIGNATURE_DEFAULTS.jwt);
  assert.deepEqual(readJwtOptions({ algorithms: ['ES256'], issuer: ' us ' }), {
    ...SIGNATURE_DEFAULTS.jwt,
    algorithms: ['ES256'],
    issuer: 'us',
  });
  for (const wrong of [
    null,
    [],
    'HS256',
    { algorithms: ['none'] },
    { algorithms: 'HS256' },
    { issuer: 1 },
    { requiredClaims: [''] },
  ]) {
    assert.equal(readJwtOptions(wrong), undefined);
  }
});

it('chooses the header by type unless it is set', () => {
  const header = (signatureType: 'jwt' | 'hmac_sha1', signatureHeader: string) =>
    signatureHeaderName(genericScheme({ ...SIGNATURE_DEFAULTS, signatureType, signatureHeader }));
  assert.equal(header('hmac_sha1', ''), 'X-Hub-Signature-256');
  assert.equal(header('jwt', ' '), 'Authorization');
  assert.equal(header('jwt', 'X-Token'), 'X-Token');
});

it('allows only HS256 where no algorithm is chosen', () => {
  const scheme = genericScheme({
    ...SIGNATURE_DEFAULTS,
    signatureType: 'jwt',
    jwt: { ...SIGNATURE_DEFAULTS.jwt, algorithms: [] },
  });
  assert.deepEqual(scheme.scheme === 'jwt' && scheme.algs, ['HS256']);
});

it('knows the headers that hold signatures, in lower case', () => {
  const ofProvider = (id: string) => secretHeaders(findProvider(id)!.scheme);
  assert.deepEqual(ofProvider('github'), ['x-hub-signature-256']);
  assert.deepEqual(ofProvider('box'), ['box-signature-primary', 'box-signature-secondary']);
  assert.deepEqual(ofProvider('telegram'), ['x-telegram-bot-api-secret-token']);
  assert.deepEqual(ofProvider('adyen'), []);
  assert.equal(
    secretHeaderPattern(findProvider('docusign')!.scheme),
    '^x-docusign-signature-\\d+$',
  );
  assert.deepEqual(secretQuery(findProvider('azure-eventgrid')!.scheme), ['code']);
  assert.deepEqual(secretHeaders(genericScheme({ ...SIGNATURE_DEFAULTS, signatureType: 'jwt' })), [
    'authorization',
  ]);
  assert.deepEqual(secretHeaders({ scheme: 'none' }), []);
});

it('finds providers by their exact id, which is unique', () => {
  assert.equal(new Set(PROVIDERS.map(({ id }) => id)).size, PROVIDERS.length);
  for (const provider of PROVIDERS) assert.equal(findProvider(provider.id), provider);
  for (const other of ['', 'generic', 'custom', 'none', 'GitHub', '__proto__']) {
    assert.equal(findProvider(other), undefined);
  }
});

import { readMessageScheme } from './validate-message';
import { isFlag, isHeaderName, JWT_ALGORITHMS } from './options';
import {
  type AsymmetricScheme,
  type HashScheme,
  type HmacScheme,
  type JwtScheme,
  type KeyForm,
  type Locator,
  MAC_ALGORITHMS,
  PUBLIC_KEY_ALGORITHMS,
  PUBLIC_KEY_FORMATS,
  type Scheme,
  type TokenScheme,
} from './scheme';
import * as read from './scheme-fields';
import { readClaims } from './validate-claims';

export type ValidatedScheme =
  { readonly ok: true; readonly scheme: Scheme } | { readonly ok: false; readonly problem: string };

const SCHEMES = ['hmac', 'hash', 'asymmetric', 'jwt', 'token', 'none'] as const;

/**
 * Reads a scheme that a user wrote. A field that is wrong or unknown is a problem and named: a scheme
 * that is understood in part would verify something else than its author meant.
 */
export function validateScheme(value: unknown): ValidatedScheme {
  try {
    return { ok: true, scheme: readScheme(value) };
  } catch (thrown) {
    if (thrown instanceof read.FieldProblem) return { ok: false, problem: thrown.message };
    throw thrown;
  }
}

function readScheme(value: unknown): Scheme {
  const fields = read.record(value, 'The scheme');
  const scheme = read.oneOf(fields.scheme, 'scheme', SCHEMES);
  switch (scheme) {
    case 'hmac':
      return readHmac(fields);
    case 'hash':
      return readHash(fields);
    case 'asymmetric':
      return readAsymmetric(fields);
    case 'jwt':
      return readJwt(fields);
    case 'token':
      return readTokenScheme(fields);
    case 'none':
      read.onlyKeys(fields, '', ['scheme']);
      return { scheme };
  }
}

function readHmac(fields: read.Fields): HmacScheme {
  const message = readMessageScheme(fields, ['scheme', 'alg', 'key'], { hasSecret: false });
  const alg = read.oneOf(fields.alg, 'alg', MAC_ALGORITHMS);
  const key = fields.key === undefined ? undefined : readKeyForm(fields.key);
  return { scheme: 'hmac', alg, ...(key && { key }), ...message };
}

function readHash(fields: read.Fields): HashScheme {
  const message = readMessageScheme(fields, ['scheme', 'alg'], { hasSecret: true });
  return { scheme: 'hash', alg: read.oneOf(fields.alg, 'alg', MAC_ALGORITHMS), ...message };
}

function readKeyForm(value: unknown): KeyForm {
  const fields = read.record(value, '`key`');
  read.onlyKeys(fields, 'key.', ['enc', 'strip', 'derive', 'normalize', 'sep']);
  return read.defined<KeyForm>({
    enc: read.optional(fields.enc, (v) => read.oneOf(v, 'key.enc', ['utf8', 'base64', 'hex'])),
    strip: read.optional(fields.strip, (v) => read.texts(v, 'key.strip')),
    derive: read.optional(fields.derive, (v) => read.oneOf(v, 'key.derive', MAC_ALGORITHMS)),
    normalize: read.optional(fields.normalize, (v) => read.oneOf(v, 'key.normalize', ['NFKD'])),
    sep: read.optional(fields.sep, (v) => read.text(v, 'key.sep')),
  });
}

function readAsymmetric(fields: read.Fields): AsymmetricScheme {
  const message = readMessageScheme(fields, ['scheme', 'alg', 'key'], { hasSecret: false });
  const key = readPublicKey(fields.key);
  return { scheme: 'asymmetric', alg: readPublicAlgorithm(fields.alg), key, ...message };
}

function readPublicAlgorithm(value: unknown): AsymmetricScheme['alg'] {
  if (typeof value === 'string') return read.oneOf(value, 'alg', PUBLIC_KEY_ALGORITHMS);
  const fields = read.record(value, '`alg`');
  read.onlyKeys(fields, 'alg.', ['by', 'map']);
  const map = read.record(fields.map, '`alg.map`');
  const entries = Object.entries(map).map(([word, algorithm]) => [
    word,
    read.oneOf(algorithm, `alg.map.${word}`, PUBLIC_KEY_ALGORITHMS),
  ]);
  if (entries.length === 0) throw new read.FieldProblem('`alg.map` must name an algorithm.');
  return {
    by: readLocator(fields.by, 'alg.by'),
    map: Object.fromEntries(entries) as Record<string, (typeof PUBLIC_KEY_ALGORITHMS)[number]>,
  };
}

function readPublicKey(value: unknown): AsymmetricScheme['key'] {
  const fields = read.record(value, '`key`');
  const from = read.oneOf(fields.from, 'key.from', ['static', 'cert-url']);
  if (from === 'static') {
    read.onlyKeys(fields, 'key.', ['from', 'fmt', 'strip']);
    const strip = read.optional(fields.strip, (v) => read.texts(v, 'key.strip'));
    const fmt = read.oneOf(fields.fmt, 'key.fmt', PUBLIC_KEY_FORMATS);
    return { from, fmt, ...(strip && { strip }) };
  }
  read.onlyKeys(fields, 'key.', ['from', 'url', 'hostAllow', 'pathAllow', 'issuerAllow']);
  const hostAllow = hostPattern(fields.hostAllow, 'key.hostAllow');
  const issuerAllow = read.optional(fields.issuerAllow, (v) => hostPattern(v, 'key.issuerAllow'));
  const pathAllow = read.optional(fields.pathAllow, (v) => read.pattern(v, 'key.pathAllow'));
  const url = readLocator(fields.url, 'key.url');
  return {
    from,
    url,
    hostAllow,
    ...(pathAllow !== undefined && { pathAllow }),
    ...(issuerAllow !== undefined && { issuerAllow }),
  };
}

function hostPattern(value: unknown, path: string): string {
  const pattern = read.pattern(value, path);
  if (/^\^.*\$$/.test(pattern)) return pattern;
  throw new read.FieldProblem(`\`${path}\` must begin with ^ and end with $.`);
}

function readLocator(value: unknown, path: string): Locator {
  const fields = read.record(value, `\`${path}\``);
  const place = read.onlyOneOf(fields, path, ['header', 'json']);
  if (place === 'json') return { json: read.text(fields.json, `${path}.json`) };
  return { header: read.header(fields.header, `${path}.header`) };
}

function readJwt(fields: read.Fields): JwtScheme {
  read.onlyKeys(fields, '', ['scheme', 'token', 'algs', 'jwks', 'claims']);
  const jwks = read.optional(fields.jwks, (v) =>
    read.checked(v, 'jwks', isKeysPlace, 'true, or an https address'),
  );
  return {
    scheme: 'jwt',
    token: readToken(fields.token),
    algs: read.listOf(fields.algs, 'algs', JWT_ALGORITHMS),
    ...(jwks !== undefined && { jwks }),
    ...(fields.claims !== undefined && { claims: readClaims(fields.claims) }),
  };
}

function isKeysPlace(value: unknown): value is boolean | string {
  return typeof value === 'boolean' || (typeof value === 'string' && /^https:\/\/\S+$/.test(value));
}

function readToken(value: unknown): JwtScheme['token'] {
  const fields = read.record(value, '`token`');
  read.onlyKeys(fields, 'token.', ['header', 'scheme', 'schemeOptional']);
  const { scheme, schemeOptional } = fields;
  return {
    header: read.checked(fields.header, 'token.header', isHeaderName, 'the name of a header'),
    ...(scheme !== undefined && { scheme: read.text(scheme, 'token.scheme') }),
    ...(schemeOptional !== undefined && {
      schemeOptional: read.checked(schemeOptional, 'token.schemeOptional', isFlag, 'true or false'),
    }),
  };
}

function readTokenScheme(fields: read.Fields): TokenScheme {
  read.onlyKeys(fields, '', ['scheme', 'at']);
  const at = read.record(fields.at, '`at`');
  const words = ['scheme', 'schemeOptional'];
  const place = read.onlyOneOf(at, 'at', ['header', 'query', 'json', 'jsonAll'], words);
  if (place !== 'header' && words.some((word) => at[word] !== undefined)) {
    throw new read.FieldProblem('`at.scheme` is a word before the value of a header only.');
  }
  switch (place) {
    case 'header':
      return { scheme: 'token', at: readTokenHeader(at) };
    case 'query':
      return { scheme: 'token', at: { query: read.text(at.query, 'at.query') } };
    case 'json':
      return { scheme: 'token', at: { json: read.text(at.json, 'at.json') } };
    case 'jsonAll':
      return { scheme: 'token', at: { jsonAll: readJsonAll(at.jsonAll) } };
  }
}

function readTokenHeader(at: read.Fields): TokenScheme['at'] {
  return {
    header: read.header(at.header, 'at.header'),
    ...read.defined<Pick<TokenScheme['at'], 'scheme' | 'schemeOptional'>>({
      scheme: read.optional(at.scheme, (v) => read.oneOf(v, 'at.scheme', ['Bearer', 'Basic'])),
      schemeOptional: read.optional(at.schemeOptional, (v) =>
        read.checked(v, 'at.schemeOptional', isFlag, 'true or false'),
      ),
    }),
  };
}

function readJsonAll(value: unknown): NonNullable<TokenScheme['at']['jsonAll']> {
  const fields = read.record(value, '`at.jsonAll`');
  read.onlyKeys(fields, 'at.jsonAll.', ['array', 'path']);
  return {
    array: read.text(fields.array, 'at.jsonAll.array'),
    path: read.text(fields.path, 'at.jsonAll.path'),
  };
}

import { parseTemplate } from './message-template';
import { isHeaderName, JWT_ALGORITHMS, TOLERANCE_SECONDS } from './options';
import {
  type HmacScheme,
  type JwtScheme,
  MAC_ALGORITHMS,
  type Scheme,
  SIGNATURE_ENCODINGS,
} from './scheme';
import * as read from './scheme-fields';

export type ValidatedScheme =
  { readonly ok: true; readonly scheme: Scheme } | { readonly ok: false; readonly problem: string };

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
  const scheme = read.oneOf(fields.scheme, 'scheme', ['hmac', 'jwt', 'none']);
  switch (scheme) {
    case 'hmac':
      return readHmac(fields);
    case 'jwt':
      return readJwt(fields);
    case 'none':
      read.onlyKeys(fields, '', ['scheme']);
      return { scheme };
  }
}

function readHmac(fields: read.Fields): HmacScheme {
  read.onlyKeys(fields, '', ['scheme', 'alg', 'sig', 'ts', 'id', 'msg']);
  const sig = readSignature(fields.sig);
  const ts = fields.ts === undefined ? undefined : readTime(fields.ts, sig.list !== undefined);
  const id = fields.id === undefined ? undefined : { header: headerOf(fields.id, 'id') };
  return {
    scheme: 'hmac',
    alg: read.oneOf(fields.alg, 'alg', MAC_ALGORITHMS),
    sig,
    ...(ts && { ts }),
    ...(id && { id }),
    msg: readMessage(fields.msg, ts !== undefined, id !== undefined),
  };
}

function readSignature(value: unknown): HmacScheme['sig'] {
  const fields = read.record(value, '`sig`');
  read.onlyKeys(fields, 'sig.', ['header', 'prefix', 'list', 'enc']);
  const { prefix, list } = fields;
  return {
    header: read.checked(fields.header, 'sig.header', isHeaderName, 'the name of a header'),
    ...(prefix !== undefined && {
      prefix: read.checked(prefix, 'sig.prefix', isPrefix, 'a text, or a list of texts'),
    }),
    ...(list !== undefined && { list: readList(list) }),
    enc: read.oneOf(fields.enc, 'sig.enc', SIGNATURE_ENCODINGS),
  };
}

function readList(value: unknown): NonNullable<HmacScheme['sig']['list']> {
  const fields = read.record(value, '`sig.list`');
  read.onlyKeys(fields, 'sig.list.', ['sep', 'kv', 'field']);
  return {
    sep: read.text(fields.sep, 'sig.list.sep'),
    kv: read.text(fields.kv, 'sig.list.kv'),
    field: read.text(fields.field, 'sig.list.field'),
  };
}

function readTime(value: unknown, hasList: boolean): NonNullable<HmacScheme['ts']> {
  const fields = read.record(value, '`ts`');
  read.onlyKeys(fields, 'ts.', ['header', 'sigField', 'tol', 'futureTol']);
  const { header, sigField, tol, futureTol } = fields;
  if ((header === undefined) === (sigField === undefined)) {
    throw new read.FieldProblem('`ts` must have either `header` or `sigField`.');
  }
  if (sigField !== undefined && !hasList) {
    throw new read.FieldProblem('`ts.sigField` needs `sig.list`: it is a key of that list.');
  }
  return {
    ...(header !== undefined && {
      header: read.checked(header, 'ts.header', isHeaderName, 'the name of a header'),
    }),
    ...(sigField !== undefined && { sigField: read.text(sigField, 'ts.sigField') }),
    tol: seconds(tol, 'ts.tol'),
    ...(futureTol !== undefined && { futureTol: seconds(futureTol, 'ts.futureTol') }),
  };
}

function readMessage(value: unknown, hasTime: boolean, hasId: boolean): string {
  const message = read.text(value, 'msg');
  const parsed = parseTemplate(message);
  if (!parsed.ok) throw new read.FieldProblem(`\`msg\` ${parsed.problem}.`);
  const kinds = new Set(parsed.parts.map((part) => part.kind));
  const wrong = parsed.parts.find((part) => part.kind === 'header' && !isHeaderName(part.name));
  if (wrong) throw new read.FieldProblem('`msg` has a {header:...} that is no name of a header.');
  if (!kinds.has('body')) {
    throw new read.FieldProblem('`msg` must contain {body}: else anybody may change the body.');
  }
  if (kinds.has('timestamp') !== hasTime) {
    throw new read.FieldProblem(
      hasTime
        ? '`msg` must contain {timestamp}: a time that is not signed can be changed.'
        : '`msg` has {timestamp}, so `ts` must say where it is.',
    );
  }
  if (kinds.has('id') !== hasId) {
    throw new read.FieldProblem(
      hasId ? '`id` is given, so `msg` must contain {id}.' : '`msg` has {id}, so `id` is needed.',
    );
  }
  return message;
}

function readJwt(fields: read.Fields): JwtScheme {
  read.onlyKeys(fields, '', ['scheme', 'token', 'algs', 'claims']);
  return {
    scheme: 'jwt',
    token: readToken(fields.token),
    algs: read.listOf(fields.algs, 'algs', JWT_ALGORITHMS),
    ...(fields.claims !== undefined && { claims: readClaims(fields.claims) }),
  };
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

function readClaims(value: unknown): NonNullable<JwtScheme['claims']> {
  const fields = read.record(value, '`claims`');
  read.onlyKeys(fields, 'claims.', ['iss', 'aud', 'required']);
  const { iss, aud, required } = fields;
  return {
    ...(iss !== undefined && { iss: read.textOrTexts(iss, 'claims.iss') }),
    ...(aud !== undefined && { aud: read.textOrTexts(aud, 'claims.aud') }),
    ...(required !== undefined && { required: read.texts(required, 'claims.required') }),
  };
}

function headerOf(value: unknown, path: string): string {
  const fields = read.record(value, `\`${path}\``);
  read.onlyKeys(fields, `${path}.`, ['header']);
  return read.checked(fields.header, `${path}.header`, isHeaderName, 'the name of a header');
}

function seconds(value: unknown, path: string): number | null {
  const { max } = TOLERANCE_SECONDS;
  return read.checked(value, path, isWindow, `a number of seconds from 0 to ${max}, or null`);
}

function isWindow(value: unknown): value is number | null {
  return (
    value === null || (typeof value === 'number' && value >= 0 && value <= TOLERANCE_SECONDS.max)
  );
}

function isPrefix(value: unknown): value is string | readonly string[] {
  if (typeof value === 'string') return true;
  return Array.isArray(value) && value.length > 0 && value.every((x) => typeof x === 'string');
}

function isFlag(value: unknown): value is boolean {
  return typeof value === 'boolean';
}

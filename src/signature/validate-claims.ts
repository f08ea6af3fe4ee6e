import { isFlag, TOLERANCE_SECONDS } from './options';
import { type JwtClaims, SIGNATURE_ENCODINGS } from './scheme';
import * as read from './scheme-fields';

const CLAIM_FIELDS = [
  'iss',
  'issFromConfig',
  'aud',
  'audFromConfig',
  'emailFromConfig',
  'requireExp',
  'required',
  'iatMaxAge',
  'leeway',
  'bodyHash',
  'urlHash',
  'sub',
  'qsh',
];

/** What a token must say, as a user wrote it. Throws a `FieldProblem`. */
export function readClaims(value: unknown): JwtClaims {
  const fields = read.record(value, '`claims`');
  read.onlyKeys(fields, 'claims.', CLAIM_FIELDS);
  const text = (name: string) => read.optional(fields[name], (v) => read.text(v, `claims.${name}`));
  const texts = (name: string) =>
    read.optional(fields[name], (v) => read.textOrTexts(v, `claims.${name}`));
  const flag = (name: string) =>
    read.optional(fields[name], (v) => read.checked(v, `claims.${name}`, isFlag, 'true or false'));
  const seconds = (name: string) =>
    read.optional(fields[name], (v) => read.checked(v, `claims.${name}`, isSeconds, SECONDS));
  return read.defined<JwtClaims>({
    iss: texts('iss'),
    issFromConfig: text('issFromConfig'),
    aud: texts('aud'),
    audFromConfig: text('audFromConfig'),
    emailFromConfig: text('emailFromConfig'),
    requireExp: flag('requireExp'),
    required: read.optional(fields.required, (v) => read.texts(v, 'claims.required')),
    iatMaxAge: seconds('iatMaxAge'),
    leeway: seconds('leeway'),
    bodyHash: read.optional(fields.bodyHash, readBodyHash),
    urlHash: read.optional(fields.urlHash, readUrlHash),
    sub: read.optional(fields.sub, (v) => read.oneOf(v, 'claims.sub', ['url'])),
    qsh: flag('qsh'),
  });
}

const SECONDS = `a number of seconds from 0 to ${TOLERANCE_SECONDS.max}`;

function isSeconds(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value <= TOLERANCE_SECONDS.max;
}

function readBodyHash(value: unknown): NonNullable<JwtClaims['bodyHash']> {
  const fields = read.record(value, '`claims.bodyHash`');
  read.onlyKeys(fields, 'claims.bodyHash.', ['claim', 'enc', 'optionalWhenEmpty']);
  const optional = read.optional(fields.optionalWhenEmpty, (v) =>
    read.checked(v, 'claims.bodyHash.optionalWhenEmpty', isFlag, 'true or false'),
  );
  return {
    claim: read.text(fields.claim, 'claims.bodyHash.claim'),
    enc: read.oneOf(fields.enc, 'claims.bodyHash.enc', SIGNATURE_ENCODINGS),
    ...(optional !== undefined && { optionalWhenEmpty: optional }),
  };
}

function readUrlHash(value: unknown): NonNullable<JwtClaims['urlHash']> {
  const fields = read.record(value, '`claims.urlHash`');
  read.onlyKeys(fields, 'claims.urlHash.', ['claim']);
  return { claim: read.text(fields.claim, 'claims.urlHash.claim') };
}

import { BUILDER_NAMES } from './builders/names';
import { parseTemplate } from './message-template';
import { isFlag, isHeaderName, TOLERANCE_SECONDS } from './options';
import {
  MAC_ALGORITHMS,
  type MessageScheme,
  type MessageSource,
  SIGNATURE_ENCODINGS,
  type SignatureList,
  type SignaturePlace,
  type TimeOfSigning,
} from './scheme';
import * as read from './scheme-fields';

const MESSAGE_FIELDS = [
  'sig',
  'ts',
  'id',
  'msg',
  'each',
  'requireHeader',
  'requireHeaderFromConfig',
  'requireJsonFromConfig',
  'bodyHash',
];
const PLACES = ['header', 'headers', 'json', 'form', 'query'] as const;

/** The part that all schemes have that sign a message; `more` are the other fields of the scheme. */
export function readMessageScheme(
  fields: read.Fields,
  more: readonly string[],
  { hasSecret }: { readonly hasSecret: boolean },
): MessageScheme {
  read.onlyKeys(fields, '', [...more, ...MESSAGE_FIELDS]);
  const sig = readSignature(fields.sig);
  const ts = read.optional(fields.ts, (value) => readTime(value, sig.list !== undefined));
  const id = read.optional(fields.id, readId);
  const msg = readMessage(fields.msg, { ts, hasId: id !== undefined, hasSecret });
  return {
    sig,
    ...(ts && { ts }),
    ...(id && { id }),
    msg,
    ...read.defined<Omit<MessageScheme, 'sig' | 'ts' | 'id' | 'msg'>>({
      each: read.optional(fields.each, (value) => read.text(value, 'each')),
      requireHeader: required(fields, 'requireHeader'),
      requireHeaderFromConfig: required(fields, 'requireHeaderFromConfig'),
      requireJsonFromConfig: required(fields, 'requireJsonFromConfig'),
      bodyHash: read.optional(fields.bodyHash, readBodyHash),
    }),
  };
}

function readSignature(value: unknown): SignaturePlace {
  const fields = read.record(value, '`sig`');
  const others = ['headerPattern', 'prefix', 'list', 'enc'];
  const { prefix, list, headerPattern } = fields;
  const place = read.onlyOneOf(fields, 'sig', PLACES, others);
  const pattern = read.optional(headerPattern, (v) => read.pattern(v, 'sig.headerPattern'));
  if (pattern !== undefined && place !== 'headers') {
    throw new read.FieldProblem('`sig.headerPattern` goes with `sig.headers`, which may be empty.');
  }
  if (place === 'headers' && pattern === undefined && (fields.headers as []).length === 0) {
    throw new read.FieldProblem('`sig.headers` names no header.');
  }
  return {
    ...readPlace(fields, place),
    ...(pattern !== undefined && { headerPattern: pattern }),
    ...(prefix !== undefined && {
      prefix: read.checked(prefix, 'sig.prefix', isPrefix, 'a text, or a list of texts'),
    }),
    ...(list !== undefined && { list: readList(list) }),
    enc: read.oneOf(fields.enc, 'sig.enc', SIGNATURE_ENCODINGS),
  };
}

function readPlace(
  fields: read.Fields,
  place: (typeof PLACES)[number],
): Pick<SignaturePlace, (typeof PLACES)[number]> {
  switch (place) {
    case 'header':
      return { header: read.headers(fields.header, 'sig.header') };
    case 'headers':
      return { headers: read.checked(fields.headers, 'sig.headers', isNames, 'a list of headers') };
    case 'json':
      return { json: read.text(fields.json, 'sig.json') };
    case 'form':
      return { form: read.text(fields.form, 'sig.form') };
    case 'query':
      return { query: read.text(fields.query, 'sig.query') };
  }
}

function readList(value: unknown): SignatureList {
  const fields = read.record(value, '`sig.list`');
  read.onlyKeys(fields, 'sig.list.', ['sep', 'kv', 'field', 'stripTrailingComma']);
  const strip = read.optional(fields.stripTrailingComma, (v) =>
    read.checked(v, 'sig.list.stripTrailingComma', isFlag, 'true or false'),
  );
  return {
    sep: read.text(fields.sep, 'sig.list.sep'),
    kv: read.text(fields.kv, 'sig.list.kv'),
    field: read.text(fields.field, 'sig.list.field'),
    ...(strip !== undefined && { stripTrailingComma: strip }),
  };
}

function readTime(value: unknown, hasList: boolean): TimeOfSigning {
  const fields = read.record(value, '`ts`');
  const { tol, futureTol } = fields;
  const others = ['fmt', 'tol', 'futureTol'];
  const place = read.onlyOneOf(fields, 'ts', ['header', 'sigField', 'json'], others);
  if (place === 'sigField' && !hasList) {
    throw new read.FieldProblem('`ts.sigField` needs `sig.list`: it is a key of that list.');
  }
  const at: Pick<TimeOfSigning, typeof place> =
    place === 'header'
      ? { header: read.headers(fields.header, 'ts.header') }
      : { [place]: read.text(fields[place], `ts.${place}`) };
  const fmt = read.optional(fields.fmt, (v) => read.oneOf(v, 'ts.fmt', TIME_FORMATS));
  return {
    ...at,
    ...(fmt && { fmt }),
    tol: seconds(tol, 'ts.tol'),
    ...(futureTol !== undefined && { futureTol: seconds(futureTol, 'ts.futureTol') }),
  };
}

const TIME_FORMATS = ['s', 'ms', 'iso'] as const;

function readId(value: unknown): NonNullable<MessageScheme['id']> {
  const fields = read.record(value, '`id`');
  read.onlyKeys(fields, 'id.', ['header']);
  return { header: read.headers(fields.header, 'id.header') };
}

interface MessageParts {
  readonly ts: TimeOfSigning | undefined;
  readonly hasId: boolean;
  readonly hasSecret: boolean;
}

function readMessage(value: unknown, parts: MessageParts): MessageSource {
  if (typeof value === 'object') {
    const fields = read.record(value, '`msg`');
    read.onlyKeys(fields, 'msg.', ['builder']);
    return { builder: read.oneOf(fields.builder, 'msg.builder', BUILDER_NAMES) };
  }
  const message = read.text(value, 'msg');
  const problem = templateProblem(message, parts);
  if (problem !== undefined) throw new read.FieldProblem(`\`msg\` ${problem}`);
  return message;
}

/** Placeholders of which one at least must be signed: with none of them the body is anybody's. */
const CONTENT = ['body', 'sha256hex', 'json', 'form'] as const;

function templateProblem(
  message: string,
  { ts, hasId, hasSecret }: MessageParts,
): string | undefined {
  const parsed = parseTemplate(message);
  if (!parsed.ok) return `${parsed.problem}.`;
  const kinds = new Set(parsed.parts.map((part) => part.kind));
  if (parsed.parts.some((part) => part.kind === 'header' && !isHeaderName(part.name))) {
    return 'has a {header:...} that is no name of a header.';
  }
  if (!CONTENT.some((kind) => kinds.has(kind))) {
    return 'must contain {body} (or {json:...}, {form:...}): else anybody may change the body.';
  }
  if (kinds.has('secret') !== hasSecret) {
    return hasSecret
      ? 'must contain {secret}: else anybody can make the digest.'
      : 'may contain {secret} only where `scheme` is hash.';
  }
  if (kinds.has('id') !== hasId) {
    return hasId ? 'must contain {id}, since `id` is given.' : 'has {id}, so `id` is needed.';
  }
  const stampIsApart = ts !== undefined && ts.json === undefined;
  if (kinds.has('timestamp') === stampIsApart) return undefined;
  return stampIsApart
    ? 'must contain {timestamp}: a time that is not signed can be changed.'
    : 'has {timestamp}, so `ts` must say where it is.';
}

function required(fields: read.Fields, name: string): Readonly<Record<string, string>> | undefined {
  return read.optional(fields[name], (value) => {
    const entries = Object.entries(read.record(value, `\`${name}\``));
    for (const [key, text] of entries) read.text(text, `${name}.${key}`);
    return Object.fromEntries(entries) as Record<string, string>;
  });
}

function readBodyHash(value: unknown): NonNullable<MessageScheme['bodyHash']> {
  const fields = read.record(value, '`bodyHash`');
  read.onlyKeys(fields, 'bodyHash.', ['query', 'alg', 'enc']);
  return {
    query: read.text(fields.query, 'bodyHash.query'),
    alg: read.oneOf(fields.alg, 'bodyHash.alg', MAC_ALGORITHMS),
    enc: read.oneOf(fields.enc, 'bodyHash.enc', SIGNATURE_ENCODINGS),
  };
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

function isNames(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every(isHeaderName);
}

import { brotliDecompress, gunzip, inflate, inflateRaw } from 'node:zlib';
import { promisify } from 'node:util';

export interface PayloadLimits {
  /** The longest body after content decoding, in bytes. */
  readonly maxDecodedBytes: number;
}

/** Why an encoded body could not be decoded. */
export type DecodingProblem = 'unsupported' | 'corrupt' | 'too-large';

export class ContentDecodingError extends Error {
  readonly problem: DecodingProblem;

  constructor(problem: DecodingProblem) {
    super(`The content-encoding of the body is ${problem}.`);
    this.name = 'ContentDecodingError';
    this.problem = problem;
  }
}

type Headers = Readonly<Record<string, string>>;

/**
 * What a flow gets as `msg.payload`, by content type: JSON parsed (the text where it does not parse),
 * forms as an object, text and XML as text, multipart as an object of fields and files, anything else
 * as a Buffer; null for an empty body. A promise only where the platform decodes asynchronously:
 * encoded and multipart bodies. Throws or rejects with a `ContentDecodingError` and nothing else.
 */
export function parsePayload(body: Uint8Array, headers: Headers, limits: PayloadLimits): unknown {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  const codings = contentCodings(headers['content-encoding']);
  if (codings.length === 0) return parseDecoded(bytes, headers['content-type']);
  return decode(bytes, codings, limits).then((decoded) =>
    parseDecoded(decoded, headers['content-type']),
  );
}

/** Whether `parsePayload` answers at once for such a request, and never fails. */
export function isParsedAtOnce(headers: Headers): boolean {
  if (contentCodings(headers['content-encoding']).length > 0) return false;
  return mediaType(headers['content-type'] ?? '').kind !== 'multipart';
}

function parseDecoded(bytes: Buffer, contentType: string | undefined): unknown {
  if (bytes.length === 0) return null;
  const { kind, charset } = mediaType(contentType ?? '');
  switch (kind) {
    case 'json':
      return jsonOrText(decodeText(bytes, charset));
    case 'form':
      return formFields(decodeText(bytes, charset));
    case 'text':
      return decodeText(bytes, charset);
    case 'multipart':
      return multipartFields(bytes, contentType ?? '');
    case 'other':
      return bytes;
  }
}

interface MediaType {
  readonly kind: 'json' | 'form' | 'text' | 'multipart' | 'other';
  /** A label that the platform's decoder knows; null: UTF-8. */
  readonly charset: string | null;
}

/** Senders use a handful of content types: each is read once. The bound is against made-up ones. */
const mediaTypes = new Map<string, MediaType>();
const MEDIA_TYPES_KEPT = 200;

function mediaType(contentType: string): MediaType {
  const known = mediaTypes.get(contentType);
  if (known !== undefined) return known;
  const [essence = '', ...parameters] = contentType.toLowerCase().split(';');
  const read = { kind: kindOf(essence.trim()), charset: charsetOf(parameters) };
  if (mediaTypes.size >= MEDIA_TYPES_KEPT) mediaTypes.clear();
  mediaTypes.set(contentType, read);
  return read;
}

function kindOf(essence: string): MediaType['kind'] {
  if (essence.endsWith('/json') || essence.endsWith('+json')) return 'json';
  if (essence === 'application/x-www-form-urlencoded') return 'form';
  if (essence === 'multipart/form-data') return 'multipart';
  if (essence.startsWith('text/') || essence.endsWith('/xml') || essence.endsWith('+xml')) {
    return 'text';
  }
  return 'other';
}

function charsetOf(parameters: readonly string[]): string | null {
  for (const parameter of parameters) {
    const [name = '', value = ''] = parameter.split('=');
    const label = value.trim().replace(/^"|"$/g, '');
    if (name.trim() === 'charset' && label !== 'utf-8' && isKnownCharset(label)) return label;
  }
  return null;
}

function isKnownCharset(label: string): boolean {
  try {
    return new TextDecoder(label).encoding !== 'utf-8';
  } catch {
    return false;
  }
}

/** Bytes that are no valid text become U+FFFD; a byte order mark is no part of the text. */
function decodeText(bytes: Buffer, charset: string | null): string {
  if (charset !== null) return new TextDecoder(charset).decode(bytes);
  const hasMark = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
  return bytes.toString('utf8', hasMark ? 3 : 0);
}

/** No reviver: a key `__proto__` stays an inert property of its own. */
function jsonOrText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** Fields of a form or query as own properties; a repeated name has a list of values. */
export function formFields(text: string): Record<string, string | string[]> {
  return collectFields(new URLSearchParams(text));
}

function collectFields<T>(entries: Iterable<readonly [string, T]>): Record<string, T | T[]> {
  const fields = new Map<string, T | T[]>();
  for (const [name, value] of entries) {
    const before = fields.get(name);
    if (before === undefined) fields.set(name, value);
    else if (Array.isArray(before)) before.push(value);
    else fields.set(name, [before, value]);
  }
  return Object.fromEntries(fields);
}

/** A file of a multipart body. */
export interface UploadedFile {
  readonly filename: string;
  readonly contentType: string;
  readonly data: Buffer;
}

/** Parsed by the platform (RFC 7578); what it cannot parse stays a Buffer. */
async function multipartFields(bytes: Buffer, contentType: string): Promise<unknown> {
  try {
    const response = new Response(Uint8Array.from(bytes), {
      headers: { 'content-type': contentType },
    });
    const entries: [string, string | UploadedFile][] = [];
    for (const [name, value] of await response.formData()) {
      entries.push([name, typeof value === 'string' ? value : await uploadedFile(value)]);
    }
    return collectFields(entries);
  } catch {
    return bytes;
  }
}

async function uploadedFile(file: File): Promise<UploadedFile> {
  const data = Buffer.from(await file.arrayBuffer());
  return { filename: file.name, contentType: file.type, data };
}

/** A body that was encoded more often than this was made to cost us time. */
const MAX_CODINGS = 2;

function contentCodings(header: string | undefined): readonly string[] {
  if (header === undefined || header === '' || header === 'identity') return [];
  return header
    .toLowerCase()
    .split(',')
    .map((coding) => coding.trim())
    .filter((coding) => coding !== '' && coding !== 'identity');
}

type Decoder = (bytes: Buffer, options: { maxOutputLength: number }) => Promise<Buffer>;
const asyncInflate = promisify(inflate);
const asyncInflateRaw = promisify(inflateRaw);

/** RFC 9110, section 8.4.1. Some senders of `deflate` leave out the zlib wrapper that it demands. */
const DECODERS: Readonly<Record<string, Decoder>> = {
  gzip: promisify(gunzip),
  'x-gzip': promisify(gunzip),
  br: promisify(brotliDecompress),
  deflate: (bytes, options) =>
    ((bytes[0] ?? 0) & 0x0f) === 8 ? asyncInflate(bytes, options) : asyncInflateRaw(bytes, options),
};

/** Undoes the codings, last one first, never past the limit: a small body can hide gigabytes. */
async function decode(
  bytes: Buffer,
  codings: readonly string[],
  { maxDecodedBytes }: PayloadLimits,
): Promise<Buffer> {
  if (codings.length > MAX_CODINGS) throw new ContentDecodingError('unsupported');
  let decoded = bytes;
  for (const coding of [...codings].reverse()) {
    const decoder = Object.hasOwn(DECODERS, coding) ? DECODERS[coding] : undefined;
    if (decoder === undefined) throw new ContentDecodingError('unsupported');
    if (decoded.length === 0) return decoded;
    decoded = await decoder(decoded, { maxOutputLength: maxDecodedBytes }).catch(
      (thrown: unknown) => {
        throw new ContentDecodingError(isTooLarge(thrown) ? 'too-large' : 'corrupt');
      },
    );
  }
  return decoded;
}

function isTooLarge(thrown: unknown): boolean {
  return thrown instanceof RangeError && 'code' in thrown && thrown.code === 'ERR_BUFFER_TOO_LARGE';
}

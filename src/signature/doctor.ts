import { isRecord, parseJson } from '../shared/json';
import type { KeySource } from './key-source';
import { ownValue } from './json-path';
import { signatureHeaderName } from './locations';
import type { HashScheme, HmacScheme, Scheme, Secrets, SignedRequest } from './scheme';
import { MAC_ALGORITHMS, SIGNATURE_ENCODINGS } from './scheme';
import { createVerifier, type VerifierOptions } from './verify';

/** One change to what is configured or to what came, and how it is told to the operator. */
interface Change {
  readonly told: string;
  readonly scheme?: Scheme;
  readonly secret?: string;
  readonly request?: SignedRequest;
}

/** Larger bodies are not looked at: each change costs a digest of the body. */
const MAX_BODY_BYTES = 262_144;
const MAX_HEADERS = 12;

/**
 * Why a signature does not match: the one change with which it would, in words that reveal neither the
 * secret nor a signature. Null: none that we know of. Bounded: some forty digests. Only for MACs and
 * digests; what the result says is for the operator, never for the sender.
 */
export function diagnose(
  scheme: Scheme,
  secrets: Secrets | null,
  request: SignedRequest,
  options: Omit<VerifierOptions, 'keySource'>,
): string | null {
  if (secrets === null || request.body.length > MAX_BODY_BYTES) return null;
  if (scheme.scheme !== 'hmac' && scheme.scheme !== 'hash') return null;
  for (const change of changes(scheme, secrets.current, request)) {
    const tried = { current: change.secret ?? secrets.current };
    // A stale time is told anyway: here only the signature counts.
    const verifier = createVerifier(withoutWindow(change.scheme ?? scheme), tried, {
      ...options,
      toleranceSeconds: null,
      keySource: NO_KEYS,
    });
    const verdict = verifier.verify(change.request ?? request);
    if (!(verdict instanceof Promise) && verdict.ok) return change.told;
  }
  return null;
}

const NO_KEYS: KeySource = {
  keySet: () => Promise.reject(new Error('not here')),
  certificateKey: () => Promise.reject(new Error('not here')),
};

function withoutWindow(scheme: Scheme): Scheme {
  if (!('ts' in scheme) || scheme.ts === undefined) return scheme;
  return { ...scheme, ts: { ...scheme.ts, tol: null, futureTol: null } };
}

type Signed = HmacScheme | HashScheme;

function* changes(scheme: Signed, secret: string, request: SignedRequest): Generator<Change> {
  yield* secretChanges(scheme, secret);
  yield* bodyChanges(request);
  yield* urlChanges(request);
  yield* schemeChanges(scheme);
  yield* headerChanges(scheme, request);
}

function* secretChanges(scheme: Signed, secret: string): Generator<Change> {
  const bare = secret.trim();
  if (bare !== secret) {
    yield { told: 'the secret without the white space around it', secret: bare };
  }
  const unquoted = bare.replace(/^(["'])(.*)\1$/, '$2');
  if (unquoted !== bare) yield { told: 'the secret without its quotation marks', secret: unquoted };
  const rest = /^[a-z0-9]+[_,=](.+)$/i.exec(bare)?.[1];
  if (rest !== undefined) yield { told: 'the secret without its prefix', secret: rest };
  yield { told: 'the secret with whsec_ before it', secret: `whsec_${bare}` };
  if (scheme.scheme !== 'hmac') return;
  for (const enc of ['utf8', 'base64', 'hex'] as const) {
    if (enc === (scheme.key?.enc ?? 'utf8')) continue;
    const told = enc === 'utf8' ? 'the secret taken as text' : `the secret decoded from ${enc}`;
    yield { told, scheme: { ...scheme, key: { ...scheme.key, enc } } };
  }
}

function* bodyChanges(request: SignedRequest): Generator<Change> {
  const text = Buffer.from(request.body).toString('utf8');
  const forms: [string, string][] = [
    ['the body without the line break at its end', text.replace(/\r?\n$/, '')],
    ['the body with a line break at its end', `${text}\n`],
    ['the body with other line breaks', text.replaceAll('\r\n', '\n')],
    ['the body without its byte order mark', text.replace(/^\ufeff/, '')],
    ['an empty body', ''],
  ];
  const parsed = parseJson(text);
  if (isRecord(parsed) || Array.isArray(parsed)) {
    const rewritten = 'the body serialised again: something on the way parses and rewrites it';
    forms.push([rewritten, JSON.stringify(parsed)], [rewritten, JSON.stringify(parsed, null, 2)]);
    forms.push([rewritten, spaced(parsed)], [rewritten, escaped(JSON.stringify(parsed))]);
  }
  for (const [told, body] of forms) {
    if (body !== text) yield { told, request: { ...request, body: Buffer.from(body, 'utf8') } };
  }
}

/** As Python's `json.dumps` writes it. */
function spaced(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(spaced).join(', ')}]`;
  if (!isRecord(value)) return JSON.stringify(value);
  const items = Object.keys(value).map((key) => `${JSON.stringify(key)}: ${spaced(value[key])}`);
  return `{${items.join(', ')}}`;
}

function escaped(text: string): string {
  return text.replace(
    /[\u0080-\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

function* urlChanges(request: SignedRequest): Generator<Change> {
  if (!URL.canParse(request.url)) return;
  const { url } = request;
  const [path = ''] = url.split('?');
  const forms = new Set([
    url.replace(/^http:/, 'https:'),
    url.replace(/^https:/, 'http:'),
    path,
    path.endsWith('/') ? path.slice(0, -1) : `${path}/`,
  ]);
  forms.delete(url);
  for (const form of forms) {
    const told = 'another form of the URL: set the public URL as the sender has it';
    yield { told, request: { ...request, url: form, callbackUrl: form } };
  }
}

function* schemeChanges(scheme: Signed): Generator<Change> {
  for (const alg of MAC_ALGORITHMS) {
    if (alg !== scheme.alg) yield { told: `the algorithm ${alg}`, scheme: { ...scheme, alg } };
  }
  for (const enc of SIGNATURE_ENCODINGS) {
    if (enc === scheme.sig.enc) continue;
    const told = `the signature read as ${enc}`;
    yield { told, scheme: { ...scheme, sig: { ...scheme.sig, enc } } };
  }
  if (scheme.sig.list !== undefined) return;
  const prefix = ['', 'sha256=', 'sha1=', 'sha512=', 'v0=', 'v1=', 'hmac-sha256='];
  yield {
    told: 'another prefix of the signature',
    scheme: { ...scheme, sig: { ...scheme.sig, prefix } },
  };
}

/** A signature in another header than the one that the scheme names. */
function* headerChanges(scheme: Signed, request: SignedRequest): Generator<Change> {
  const own = signatureHeaderName(scheme)?.toLowerCase();
  const names = Object.keys(request.headers).filter((name) => {
    const value = ownValue(request.headers, name);
    return name !== own && typeof value === 'string' && /[A-Za-z0-9+/_-]{27}/.test(value);
  });
  const sig = without(scheme.sig, ['header', 'headers', 'headerPattern']);
  for (const name of names.slice(0, MAX_HEADERS)) {
    if (!/^[a-z0-9-]{1,60}$/.test(name)) continue;
    const told = `the signature in the header ${name}`;
    yield { told, scheme: { ...scheme, sig: { ...sig, header: name } } };
  }
}

function without<T extends object, K extends keyof T>(object: T, keys: readonly K[]): Omit<T, K> {
  const kept = Object.entries(object).filter(([key]) => !keys.includes(key as K));
  return Object.fromEntries(kept) as Omit<T, K>;
}

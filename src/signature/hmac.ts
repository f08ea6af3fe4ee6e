import { createHmac, timingSafeEqual } from 'node:crypto';
import { parseTemplate, type TemplatePart } from './message-template';
import * as advice from './refusal-advice';
import { requestHeader } from './request-header';
import type { HmacScheme, SignedRequest, Verdict } from './scheme';
import { isPem, type NamedSecret } from './secrets';
import { signatureReader, type SignatureOffer } from './signature-header';
import { isWithinWindow, parseTimestamp, timeWindow } from './timestamp';

export interface HmacOptions {
  /** Seconds; null or absent: the scheme's own window. */
  readonly toleranceSeconds?: number | null;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

type Check = (request: SignedRequest) => Verdict;
type Mac = ReturnType<typeof createHmac>;
/** Feeds the MAC with one part of the message, or with all of them. */
type FeedMessage = (mac: Mac, request: SignedRequest, timestamp: string) => void;

/**
 * Verifies a keyed MAC (RFC 2104) over bytes of the request. Everything that does not depend on the
 * request is prepared here: this runs for each request. `secrets` is not empty. Throws where the scheme
 * itself is broken.
 */
export function createHmacCheck(
  scheme: HmacScheme,
  secrets: readonly NamedSecret[],
  options: HmacOptions,
): Check {
  const keys = secrets.filter(({ text }) => !isPem(text));
  if (keys.length === 0) {
    const refusal = advice.unusableSecret('a key or certificate in PEM form is no shared secret.');
    return () => refusal;
  }
  const readOffer = signatureReader(scheme.sig, scheme.ts?.sigField);
  const stamp = stampReader(scheme);
  const signedHeaders = headersOfMessage(scheme);
  const isFresh = freshness(scheme, options);
  const match = matcher(scheme, keys);
  const header = scheme.sig.header.toLowerCase();
  const missing = advice.missingSignature(scheme.sig.header);
  const unreadable = advice.unreadableSignature(scheme.sig.header, signatureForm(scheme.sig));

  return (request) => {
    const text = requestHeader(request, header);
    if (text === undefined) return missing;
    const offer = readOffer(text);
    if (offer.signatures.length === 0) return unreadable;
    const time = stamp(request, offer);
    if (typeof time !== 'string') return time;
    const absent = signedHeaders.find((name) => requestHeader(request, name) === undefined);
    if (absent !== undefined) return advice.missingSignedHeader(absent);
    const verdict = match(request, time, offer.signatures);
    // Only a genuine request may be called stale: a forger learns nothing about our window.
    return verdict.ok ? (isFresh(time) ?? verdict) : verdict;
  };
}

/** The timestamp's text as it was sent and signed, or the refusal; '' for a scheme without one. */
function stampReader(
  scheme: HmacScheme,
): (request: SignedRequest, offer: SignatureOffer) => string | advice.Refused {
  const { ts, sig } = scheme;
  if (ts === undefined) return () => '';
  const place = ts.header ?? `${ts.sigField ?? ''}${sig.list?.kv ?? ''} in ${sig.header}`;
  const header = ts.header?.toLowerCase();
  const missing = advice.missingTimestamp(place);
  const unreadable = advice.unreadableTimestamp(place);
  return (request, offer) => {
    const text = header === undefined ? offer.timestamps[0] : requestHeader(request, header);
    if (text === undefined || text === '') return missing;
    return offer.timestamps.length > 1 || parseTimestamp(text) === null ? unreadable : text;
  };
}

function freshness(
  scheme: HmacScheme,
  options: HmacOptions,
): (timestamp: string) => advice.Refused | undefined {
  if (scheme.ts === undefined) return () => undefined;
  const window = timeWindow(scheme.ts, options.toleranceSeconds);
  return (timestamp) => {
    const age = Math.floor(options.now() / 1000) - Number(timestamp);
    return isWithinWindow(age, window) ? undefined : advice.staleTimestamp(age, window);
  };
}

/** Compares every offered signature with the MAC under every secret, in constant time. */
function matcher(
  scheme: HmacScheme,
  keys: readonly NamedSecret[],
): (request: SignedRequest, timestamp: string, signatures: readonly Buffer[]) => Verdict {
  const feed = messageFeeder(scheme);
  const candidates = keys.map(({ name, text }) => ({
    text,
    verdict: { ok: true, secret: name } as const,
  }));
  return (request, timestamp, signatures) => {
    for (const { text, verdict } of candidates) {
      // A string key: measured faster than a KeyObject, which is exported for each MAC.
      const mac = createHmac(scheme.alg, text);
      feed(mac, request, timestamp);
      const expected = mac.digest();
      for (const signature of signatures) {
        if (signature.length === expected.length && timingSafeEqual(signature, expected)) {
          return verdict;
        }
      }
    }
    return advice.signatureMismatch;
  };
}

function messageFeeder(scheme: HmacScheme): FeedMessage {
  const steps = templateParts(scheme).map((part) => feedStep(part, scheme));
  return (mac, request, timestamp) => {
    for (const step of steps) step(mac, request, timestamp);
  };
}

function feedStep(part: TemplatePart, scheme: HmacScheme): FeedMessage {
  switch (part.kind) {
    case 'body':
      return (mac, request) => mac.update(request.body);
    case 'timestamp':
      return (mac, _request, timestamp) => mac.update(timestamp, 'latin1');
    case 'literal': {
      const bytes = Buffer.from(part.text, 'utf8');
      return (mac) => mac.update(bytes);
    }
    case 'id':
    case 'header': {
      const name = part.kind === 'header' ? part.name : idHeader(scheme);
      // Node.js reads header bytes as Latin-1, so this gives back the bytes of the wire.
      return (mac, request) => mac.update(requestHeader(request, name) ?? '', 'latin1');
    }
  }
}

function headersOfMessage(scheme: HmacScheme): readonly string[] {
  const names = templateParts(scheme).map((part) => {
    if (part.kind === 'header') return part.name;
    return part.kind === 'id' ? idHeader(scheme) : undefined;
  });
  return names.filter((name) => name !== undefined);
}

function templateParts(scheme: HmacScheme): readonly TemplatePart[] {
  const parsed = parseTemplate(scheme.msg);
  if (!parsed.ok) throw new Error(`\`msg\` ${parsed.problem}`);
  if (scheme.ts === undefined && parsed.parts.some((part) => part.kind === 'timestamp')) {
    throw new Error('`msg` has {timestamp}, and `ts` does not say where it is');
  }
  return parsed.parts;
}

function idHeader(scheme: HmacScheme): string {
  if (scheme.id === undefined) throw new Error('`msg` has {id}, and `id` does not say where it is');
  return scheme.id.header.toLowerCase();
}

function signatureForm({ prefix, list, enc }: HmacScheme['sig']): string {
  if (list !== undefined) return `${list.field}${list.kv}<${enc}>`;
  const prefixes = typeof prefix === 'string' ? [prefix] : (prefix ?? ['']);
  return prefixes.map((text) => `${text}<${enc}>`).join(' or ');
}

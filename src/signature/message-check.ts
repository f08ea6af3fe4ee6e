import { createHash, timingSafeEqual } from 'node:crypto';
import { decodeSignature } from './decode';
import type { MessageContext, Settings } from './message-context';
import * as advice from './refusal-advice';
import { lowerNames, type RequestView } from './request-view';
import type { MessageScheme, Verdict } from './scheme';
import {
  placeName,
  signatureFinder,
  signatureForm,
  type SignatureFields,
  type SignatureOffer,
} from './signature-place';
import { isWithinWindow, parseTimestamp, timeWindow } from './timestamp';

export interface CheckOptions {
  /** Seconds; null or absent: the scheme's own window. */
  readonly toleranceSeconds?: number | null;
  readonly settings?: Settings;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

export type Check = (view: RequestView) => Verdict | Promise<Verdict>;

/** Compares the offered signatures with what the message should have. */
export type Match = (
  context: MessageContext,
  signatures: readonly Buffer[],
) => Verdict | Promise<Verdict>;

type Refuse = (view: RequestView) => advice.Refused | undefined;

/** Elements of one request that are verified one by one; more than that no sender sends. */
const MAX_ITEMS = 10_000;

/**
 * What all schemes that sign a message check: everything but the signature itself, which `match` does.
 * What does not depend on the request is prepared here: this runs for each request. Throws where the
 * scheme itself is broken.
 */
export function createMessageCheck(
  scheme: MessageScheme,
  options: CheckOptions,
  match: Match,
): Check {
  const checkOne = itemCheck(scheme, options, match);
  const { each } = scheme;
  if (each === undefined) return (view) => checkOne(view, () => view.jsonBody);
  const missing = advice.missingSignature(`${placeName(scheme.sig)}, of each of ${each}`, false);
  return (view) => {
    const items = view.json(each);
    if (!Array.isArray(items) || items.length === 0 || items.length > MAX_ITEMS) return missing;
    return checkAll(items, (item) => checkOne(view, () => item));
  };
}

async function checkAll(
  items: readonly unknown[],
  check: (item: unknown) => Verdict | Promise<Verdict>,
): Promise<Verdict> {
  let accepted: Verdict = advice.verifierFailure;
  for (const item of items) {
    const verdict = await check(item);
    if (!verdict.ok) return verdict;
    // One element under the previous secret: the sender has not changed over completely.
    if (!accepted.ok || verdict.secret === 'previous') accepted = verdict;
  }
  return accepted;
}

function itemCheck(
  scheme: MessageScheme,
  options: CheckOptions,
  match: Match,
): (view: RequestView, item: () => unknown) => Verdict | Promise<Verdict> {
  const settings = options.settings ?? {};
  const find = signatureFinder(scheme.sig, listField(scheme, settings));
  const place = placeName(scheme.sig);
  const inHeader = (scheme.sig.header ?? scheme.sig.headers) !== undefined;
  const missing = advice.missingSignature(place, inHeader);
  const unreadable = advice.unreadableSignature(place, signatureForm(scheme.sig));
  const demands = demandsOf(scheme, settings);
  const stamp = stampReader(scheme, place);
  const isFresh = freshness(scheme, options);
  const fixed = {
    settings,
    secret: '',
    bodyHashed: scheme.bodyHash !== undefined,
    algorithm: null,
  };

  return (view, item) => {
    const found = find(view, item);
    if ('absent' in found) return missing;
    if ('repeated' in found || found.signatures.length === 0) return unreadable;
    const time = stamp(view, found);
    if (typeof time !== 'string') return time;
    for (const refuse of demands) {
      const refusal = refuse(view);
      if (refusal !== undefined) return refusal;
    }
    const context = { ...fixed, view, timestamp: time, fields: found.fields, item };
    const verdict = match(context, found.signatures);
    // Only a genuine request may be called stale: a forger learns nothing about our window.
    if (verdict instanceof Promise) return verdict.then((v) => (v.ok ? (isFresh(time) ?? v) : v));
    return verdict.ok ? (isFresh(time) ?? verdict) : verdict;
  };
}

function listField({ sig }: MessageScheme, settings: Settings): string {
  const field = sig.list?.field ?? '';
  const name = /^\{(\w+)\}$/.exec(field)?.[1];
  return name === undefined ? field : setting(settings, name);
}

/** The value of a setting; throws, with words, where it is not set. */
export function setting(settings: Settings, name: string): string {
  const value = Object.hasOwn(settings, name) ? settings[name] : undefined;
  if (value === undefined || value.trim() === '') throw new Error(`\`${name}\` is not set`);
  return value.trim();
}

/** What must hold besides the signature. */
function demandsOf(scheme: MessageScheme, settings: Settings): readonly Refuse[] {
  const demands: Refuse[] = [];
  for (const [header, value] of Object.entries(scheme.requireHeader ?? {})) {
    demands.push(headerDemand(header, value));
  }
  for (const [header, name] of Object.entries(scheme.requireHeaderFromConfig ?? {})) {
    demands.push(headerDemand(header, setting(settings, name)));
  }
  for (const [path, name] of Object.entries(scheme.requireJsonFromConfig ?? {})) {
    const allowed = setting(settings, name).split(/[\s,]+/);
    const refusal = advice.unexpectedValue(`${path} in the body`);
    demands.push((view) => (allowed.includes(view.jsonText(path) ?? '') ? undefined : refusal));
  }
  if (scheme.bodyHash !== undefined) demands.push(bodyHashDemand(scheme.bodyHash));
  if (scheme.id !== undefined) demands.push(headerThere(lowerNames(scheme.id.header)));
  return demands;
}

function headerDemand(header: string, value: string): Refuse {
  const name = header.toLowerCase();
  const refusal = advice.unexpectedValue(header);
  return (view) => (view.header(name) === value && !view.isRepeated(name) ? undefined : refusal);
}

function headerThere(names: readonly string[]): Refuse {
  const refusal = advice.missingSignedPart(names.join(' or '));
  return (view) => (view.firstHeader(names) === undefined ? refusal : undefined);
}

function bodyHashDemand({ query, alg, enc }: NonNullable<MessageScheme['bodyHash']>): Refuse {
  const refusal = advice.unexpectedValue(
    `${query} in the URL, which must be the ${alg} of the body`,
  );
  return (view) => {
    const claimed = decodeSignature(view.query(query) ?? '', enc);
    const actual = createHash(alg).update(view.body).digest();
    const matches = claimed?.length === actual.length && timingSafeEqual(claimed, actual);
    return matches ? undefined : refusal;
  };
}

/** The timestamp's text as it was sent and signed, or the refusal; '' for a scheme without one. */
function stampReader(
  { ts, sig }: MessageScheme,
  signaturePlace: string,
): (view: RequestView, offer: SignatureOffer) => string | advice.Refused {
  if (ts === undefined) return () => '';
  const { header, sigField = '', json, fmt = 's' } = ts;
  const names = lowerNames(header ?? []);
  const place = stampPlace(ts, sig, signaturePlace);
  const missing = advice.missingTimestamp(place);
  const unreadable = advice.unreadableTimestamp(place, fmt);
  const read = (view: RequestView, fields: SignatureFields): string | undefined => {
    if (json !== undefined) return view.jsonText(json);
    return header === undefined
      ? fields.only(sigField)
      : view.header(view.firstHeader(names) ?? '');
  };
  return (view, { fields }) => {
    const text = read(view, fields);
    if (text === undefined) return fields.has(sigField) ? unreadable : missing;
    if (text === '') return missing;
    return parseTimestamp(text, fmt) === null ? unreadable : text;
  };
}

function stampPlace(
  ts: NonNullable<MessageScheme['ts']>,
  { list }: MessageScheme['sig'],
  signaturePlace: string,
): string {
  if (ts.json !== undefined) return `${ts.json} in the JSON body`;
  if (ts.sigField !== undefined) return `${ts.sigField}${list?.kv ?? ''} in ${signaturePlace}`;
  return typeof ts.header === 'string' ? ts.header : (ts.header ?? []).join(' or ');
}

function freshness(
  { ts }: MessageScheme,
  options: CheckOptions,
): (timestamp: string) => advice.Refused | undefined {
  if (ts === undefined) return () => undefined;
  const window = timeWindow(ts, options.toleranceSeconds);
  const format = ts.fmt ?? 's';
  return (timestamp) => {
    const signedAtMs = parseTimestamp(timestamp, format) ?? 0;
    const age = Math.floor(options.now() / 1000) - Math.floor(signedAtMs / 1000);
    return isWithinWindow(age, window) ? undefined : advice.staleTimestamp(age, window);
  };
}

import { createHash, createHmac } from 'node:crypto';
import { keysOf } from '../key-form';
import { joinMessage, messageBuilder } from '../message';
import { setting } from '../message-check';
import type { MessageContext, Settings } from '../message-context';
import { parseTemplate } from '../message-template';
import { RequestView } from '../request-view';
import type { HashScheme, HmacScheme, SignaturePlace, TimeOfSigning } from '../scheme';
import type { SignatureFields } from '../signature-place';
import { setAt, type Draft } from './draft';
import type { Signer } from './signer';

type Signed = HmacScheme | HashScheme;

/** Puts the signature of a MAC or a digest into a request, with all that it covers. Throws with words. */
export function signMessage(scheme: Signed, draft: Draft, signer: Signer): void {
  const timestamp = putTime(scheme, draft, signer);
  putCovered(scheme, draft, signer);
  const { bodyHash, sig, each } = scheme;
  if (bodyHash !== undefined) {
    const digest = createHash(bodyHash.alg).update(draft.request().body).digest(bodyHash.enc);
    draft.addQuery(bodyHash.query, digest);
  }
  const items = listItems(scheme, draft, timestamp);
  const sign = macOf(scheme, signer, timestamp, items);
  if (each === undefined) {
    const whole = new RequestView(draft.request());
    put(
      sig,
      draft,
      inList(
        sig,
        items,
        sign(whole, () => whole.jsonBody),
        signer.settings,
      ),
    );
    return;
  }
  const elements = draft.json(each);
  if (!Array.isArray(elements) || sig.json === undefined) throw new Error(`${each} is no list.`);
  for (const element of elements as unknown[]) {
    setAt(
      element,
      sig.json,
      sign(new RequestView(draft.request()), () => element),
    );
  }
}

/** The time as it is sent and signed; '' for a scheme without one. */
function putTime({ ts }: Signed, draft: Draft, { nowMs }: Signer): string {
  if (ts === undefined) return '';
  const time = timeText(ts, nowMs);
  const { header, json } = ts;
  if (header !== undefined) draft.setHeader(firstOf(header), time);
  if (json !== undefined) draft.setJson(json, time);
  return time;
}

function timeText({ fmt = 's' }: TimeOfSigning, nowMs: number): string {
  if (fmt === 'iso') return new Date(nowMs).toISOString();
  return String(fmt === 'ms' ? nowMs : Math.floor(nowMs / 1000));
}

/** Values that the signature covers, or without which it is not looked at. */
function putCovered(scheme: Signed, draft: Draft, { settings, newId }: Signer): void {
  const { id, msg, requireHeader, requireHeaderFromConfig, requireJsonFromConfig } = scheme;
  if (id !== undefined) draft.ensureHeader(firstOf(id.header), newId());
  for (const [name, value] of Object.entries(requireHeader ?? {})) draft.setHeader(name, value);
  for (const [name, key] of Object.entries(requireHeaderFromConfig ?? {})) {
    draft.setHeader(name, setting(settings, key));
  }
  for (const [path, key] of Object.entries(requireJsonFromConfig ?? {})) {
    draft.setJson(path, setting(settings, key).split(/[\s,]+/)[0] ?? '');
  }
  const template = typeof msg === 'string' ? parseTemplate(msg) : undefined;
  for (const part of template?.ok === true ? template.parts : []) {
    if (part.kind === 'header') draft.ensureHeader(part.name, newId());
    if (part.kind === 'json' && (draft.json(part.name) ?? '') === '') {
      draft.setJson(part.name, newId());
    }
    if (part.kind === 'form' && draft.form(part.name) === undefined) {
      draft.setForm(part.name, newId());
    }
  }
}

/** The other items of the signature's list: the time among them, where it stands there. */
function listItems(
  { ts, sig }: Signed,
  draft: Draft,
  timestamp: string,
): ReadonlyMap<string, string> {
  const items = new Map(Object.entries(sig.list === undefined ? {} : draft.listItems));
  return ts?.sigField === undefined ? items : new Map([[ts.sigField, timestamp], ...items]);
}

type Mac = (view: RequestView, item: () => unknown) => string;

function macOf(
  scheme: Signed,
  { secret, settings }: Signer,
  timestamp: string,
  items: ReadonlyMap<string, string>,
): Mac {
  const build = messageBuilder(scheme);
  const [key = ''] = keysOf(secret, scheme.scheme === 'hmac' ? scheme.key : undefined);
  const fields: SignatureFields = {
    only: (name) => items.get(name),
    has: (name) => items.has(name),
  };
  return (view, item) => {
    const context: MessageContext = {
      ...{ view, timestamp, fields, settings, item, algorithm: null },
      secret: scheme.scheme === 'hash' ? key.toString() : '',
      bodyHashed: scheme.bodyHash !== undefined,
    };
    const built = build(context);
    if ('missing' in built) throw new Error(`${built.missing} is missing.`);
    const message = joinMessage(built.messages[0] ?? []);
    const digest = scheme.scheme === 'hmac' ? createHmac(scheme.alg, key) : createHash(scheme.alg);
    return prefixOf(scheme.sig) + digest.update(message).digest(scheme.sig.enc);
  };
}

function prefixOf({ prefix = '' }: SignaturePlace): string {
  if (typeof prefix === 'string') return prefix;
  return prefix.find((text) => text !== '') ?? '';
}

function inList(
  { list }: SignaturePlace,
  items: ReadonlyMap<string, string>,
  signature: string,
  settings: Settings,
): string {
  if (list === undefined) return signature;
  const name = /^\{(\w+)\}$/.exec(list.field)?.[1];
  const field = name === undefined ? list.field : setting(settings, name);
  return [...items, [field, signature] as const]
    .map(([key, value]) => key + list.kv + value)
    .join(list.sep);
}

function put(
  { header, headers, json, form, query }: SignaturePlace,
  draft: Draft,
  text: string,
): void {
  const name = header === undefined ? (headers?.[0] ?? draft.signatureHeader) : firstOf(header);
  if (name !== undefined) draft.setHeader(name, text);
  else if (json !== undefined) draft.setJson(json, text);
  else if (form !== undefined) draft.setForm(form, text);
  else if (query !== undefined) draft.addQuery(query, text);
  else throw new Error('the scheme does not say where the signature is.');
}

function firstOf(names: string | readonly string[]): string {
  return typeof names === 'string' ? names : (names[0] ?? '');
}

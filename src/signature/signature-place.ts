import { decodeSignature } from './decode';
import { textOf, valueAt } from './json-path';
import { compilePattern } from './pattern';
import { lowerNames, type RequestView } from './request-view';
import type { SignatureEncoding, SignatureList, SignaturePlace } from './scheme';

/** The items of a signature's list by key. */
export interface SignatureFields {
  /** The value of a key that came exactly once. */
  only(key: string): string | undefined;
  has(key: string): boolean;
}

/** What a request offers. */
export interface SignatureOffer {
  /** Every value that decodes; the length is not checked. */
  readonly signatures: readonly Buffer[];
  readonly fields: SignatureFields;
}

export type FoundSignature =
  SignatureOffer | { readonly absent: true } | { readonly repeated: string };

/** `item`: the element that is signed, for places in the JSON body. */
export type FindSignature = (view: RequestView, item: () => unknown) => FoundSignature;

const NO_FIELDS: SignatureFields = { only: () => undefined, has: () => false };
const ABSENT = { absent: true } as const;

/** The reader of a scheme's signatures. `listField` is the key of the items that are signatures. */
export function signatureFinder(sig: SignaturePlace, listField: string): FindSignature {
  const read = textReader(sig, listField);
  const locate = locator(sig);
  return (view, item) => {
    const found = locate(view, item);
    if ('repeated' in found) return found;
    const [first, ...others] = found.texts;
    if (first === undefined) return ABSENT;
    const offer = read(first);
    if (others.length === 0) return offer;
    const more = others.flatMap((text) => read(text).signatures);
    return { signatures: [...offer.signatures, ...more], fields: offer.fields };
  };
}

/** How the place is called in messages for the operator. */
export function placeName(sig: SignaturePlace): string {
  const { header, headers, headerPattern, json, form, query } = sig;
  const names = header ?? headers;
  if (names !== undefined && names.length > 0) {
    return typeof names === 'string' ? names : names.join(' or ');
  }
  if (headerPattern !== undefined) return `a header that matches ${headerPattern}`;
  if (json !== undefined) return `${json} in the JSON body`;
  return form === undefined ? `${query ?? ''} in the URL` : `${form} in the form`;
}

/** What a signature must look like, in words. */
export function signatureForm({ prefix, list, enc }: SignaturePlace): string {
  if (list !== undefined) return `${list.field}${list.kv}<${enc}>`;
  const prefixes = typeof prefix === 'string' ? [prefix] : (prefix ?? ['']);
  return prefixes.map((text) => `${text}<${enc}>`).join(' or ');
}

type Located = { readonly texts: readonly string[] } | { readonly repeated: string };
type Locate = (view: RequestView, item: () => unknown) => Located;

function locator(sig: SignaturePlace): Locate {
  const { header, headers, headerPattern, json, form, query } = sig;
  if (json !== undefined) return (_view, item) => single(textOf(valueAt(item(), json)));
  if (form !== undefined) return (view) => single(view.form(form));
  if (query !== undefined) return (view) => single(view.query(query));
  if (header !== undefined) {
    const names = lowerNames(header);
    return (view) => {
      const name = view.firstHeader(names);
      return name === undefined ? { texts: [] } : headerTexts(view, [name]);
    };
  }
  const fixed = lowerNames(headers ?? []);
  if (headerPattern === undefined) return (view) => headerTexts(view, fixed);
  const matches = compilePattern(headerPattern);
  return (view) => headerTexts(view, [...fixed, ...view.headerNames().filter(matches)]);
}

function single(text: string | undefined): Located {
  return { texts: text === undefined ? [] : [text] };
}

function headerTexts(view: RequestView, names: readonly string[]): Located {
  const texts: string[] = [];
  for (const name of names) {
    const text = view.header(name);
    if (text === undefined) continue;
    if (view.isRepeated(name)) return { repeated: name };
    texts.push(text);
  }
  return { texts };
}

function textReader(sig: SignaturePlace, field: string): (text: string) => SignatureOffer {
  const prefixes = typeof sig.prefix === 'string' ? [sig.prefix] : (sig.prefix ?? ['']);
  const { list, enc } = sig;
  if (list === undefined) {
    return (text) => ({ signatures: decodeOffered(text, prefixes, enc), fields: NO_FIELDS });
  }
  return (text) => {
    const signatures: Buffer[] = [];
    const items: (readonly [key: string, value: string])[] = [];
    for (const item of text.split(list.sep)) {
      const [key, value] = splitItem(item.trim(), list);
      if (key === field) signatures.push(...decodeOffered(value, prefixes, enc));
      else items.push([key, value]);
    }
    return { signatures, fields: fieldsOf(items) };
  };
}

function splitItem(item: string, list: SignatureList): readonly [key: string, value: string] {
  const text = list.stripTrailingComma === true && item.endsWith(',') ? item.slice(0, -1) : item;
  const at = text.indexOf(list.kv);
  return at < 0 ? ['', text] : [text.slice(0, at), text.slice(at + list.kv.length)];
}

function fieldsOf(items: readonly (readonly [key: string, value: string])[]): SignatureFields {
  return {
    only(key) {
      const found = items.filter(([name]) => name === key);
      return found.length === 1 ? found[0]?.[1] : undefined;
    },
    has: (key) => items.some(([name]) => name === key),
  };
}

function decodeOffered(
  text: string,
  prefixes: readonly string[],
  encoding: SignatureEncoding,
): Buffer[] {
  const decoded: Buffer[] = [];
  for (const prefix of prefixes) {
    if (!text.startsWith(prefix)) continue;
    const bytes = decodeSignature(text.slice(prefix.length), encoding);
    if (bytes !== null) decoded.push(bytes);
  }
  return decoded;
}

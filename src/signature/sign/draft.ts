import { isRecord } from '../../shared/json';
import type { Sample } from '../sample';
import type { SignedRequest } from '../scheme';
import { valueAt } from '../json-path';

/** Where a request goes, as its sender sees it. */
export interface Target {
  readonly method: string;
  readonly url: string;
  readonly callbackUrl?: string;
}

/** A request on its way to be signed: values can be put wherever a scheme looks for them. */
export class Draft {
  readonly method: string;
  readonly listItems: Readonly<Record<string, string>>;
  readonly signatureHeader: string | undefined;
  readonly #target: Target;
  readonly #headers = new Map<string, string>();
  readonly #query: [string, string][];
  readonly #json: unknown;
  readonly #form: Map<string, string> | null;

  constructor(target: Target, sample: Sample) {
    const { headers = {}, query = {}, json, form, listItems = {}, signatureHeader } = sample;
    this.method = target.method;
    this.listItems = listItems;
    this.signatureHeader = signatureHeader;
    this.#target = target;
    this.#query = Object.entries(query);
    this.#json = structuredClone(json);
    this.#form = form === undefined ? null : new Map(Object.entries(form));
    const type = form === undefined ? 'application/json' : 'application/x-www-form-urlencoded';
    this.setHeader('content-type', type);
    for (const [name, value] of Object.entries(headers)) this.setHeader(name, value);
  }

  header(name: string): string | undefined {
    return this.#headers.get(name.toLowerCase());
  }

  setHeader(name: string, value: string): void {
    this.#headers.set(name.toLowerCase(), value);
  }

  /** What the sender would have drawn anew for this request. */
  ensureHeader(name: string, value: string): void {
    if (this.header(name) === undefined) this.setHeader(name, value);
  }

  json(path: string): unknown {
    return valueAt(this.#json, path);
  }

  /** The place takes the type that it has: a number stays one. Throws where there can be none. */
  setJson(path: string, value: string): void {
    setAt(this.#json, path, value);
  }

  form(name: string): string | undefined {
    return this.#form?.get(name);
  }

  setForm(name: string, value: string): void {
    if (this.#form === null) throw new Error('the body is no form.');
    this.#form.set(name, value);
  }

  addQuery(name: string, value: string): void {
    this.#query.push([name, value]);
  }

  /** The query alone, with its question mark; '' for none. */
  get search(): string {
    if (this.#query.length === 0) return '';
    return `?${new URLSearchParams(this.#query).toString()}`;
  }

  /** As it would be received now. */
  request(): SignedRequest {
    const { method, url, callbackUrl } = this.#target;
    const headers = Object.fromEntries(this.#headers);
    const search = url.includes('?') ? this.search.replace('?', '&') : this.search;
    return {
      method,
      url: url + search,
      ...(callbackUrl !== undefined && { callbackUrl }),
      headers,
      rawHeaders: Object.entries(headers).flat(),
      body: this.#body(),
    };
  }

  #body(): Buffer {
    if (this.method === 'GET') return Buffer.alloc(0);
    if (this.#form !== null) return Buffer.from(new URLSearchParams([...this.#form]).toString());
    return Buffer.from(JSON.stringify(this.#json) ?? '');
  }
}

/** Sets a value at a dotted path; objects on the way are made where they are missing. */
export function setAt(root: unknown, path: string, value: string): void {
  const keys = path.split('.');
  const last = keys.pop() ?? '';
  let place = root;
  for (const key of keys) place = childOf(place, key);
  if (!isPlace(place) || !isUsable(last)) throw new Error(`there is no place for ${path}.`);
  place[last] = typeof place[last] === 'number' ? Number(value) : value;
}

function childOf(place: unknown, key: string): unknown {
  if (!isPlace(place) || !isUsable(key)) return undefined;
  if (!Object.hasOwn(place, key)) place[key] = {};
  return place[key];
}

function isPlace(value: unknown): value is Record<string, unknown> {
  return isRecord(value) || Array.isArray(value);
}

/** A scheme of one's own may name any path: none leads to a prototype. */
function isUsable(key: string): boolean {
  return !['__proto__', 'constructor', 'prototype'].includes(key);
}

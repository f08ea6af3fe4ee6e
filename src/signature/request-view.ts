import { parseJson } from '../shared/json';
import { ownValue, textOf, valueAt } from './json-path';
import type { HeaderNames, SignedRequest } from './scheme';

/** A form field or a query parameter, decoded. */
export type Field = readonly [name: string, value: string];

/** A request as checks read it. The body is parsed at most once, and only where a scheme looks into it. */
export class RequestView {
  readonly method: string;
  readonly url: string;
  readonly callbackUrl: string;
  readonly body: Uint8Array;
  readonly #request: SignedRequest;
  #json: { readonly value: unknown } | undefined;
  #form: readonly Field[] | undefined;
  #query: readonly Field[] | undefined;

  constructor(request: SignedRequest) {
    this.#request = request;
    this.method = request.method;
    this.url = request.url;
    this.callbackUrl = request.callbackUrl ?? request.url;
    this.body = request.body;
  }

  /** The value of a header (lower-case name), or undefined where it is absent or blank. */
  header(name: string): string | undefined {
    const value = ownValue(this.#request.headers, name);
    return typeof value === 'string' && value.trim() !== '' ? value : undefined;
  }

  /** The first header of a list that is there. */
  firstHeader(names: readonly string[]): string | undefined {
    return names.find((name) => this.header(name) !== undefined);
  }

  /** Whether the header came more than once: it is not clear then which one counts. */
  isRepeated(name: string): boolean {
    const { rawHeaders } = this.#request;
    let count = 0;
    for (let index = 0; index < rawHeaders.length; index += 2) {
      const raw = rawHeaders[index];
      if (raw?.length === name.length && raw.toLowerCase() === name && ++count > 1) return true;
    }
    return false;
  }

  headerNames(): string[] {
    return Object.keys(this.#request.headers);
  }

  /** The value of the JSON body at a dotted path; undefined where the body is not JSON. */
  json(path: string): unknown {
    return valueAt(this.jsonBody, path);
  }

  jsonText(path: string): string | undefined {
    return textOf(this.json(path));
  }

  get jsonBody(): unknown {
    this.#json ??= { value: parseJson(this.bodyText) };
    return this.#json.value;
  }

  /** Bytes that are no UTF-8 become U+FFFD. */
  get bodyText(): string {
    const { buffer, byteOffset, byteLength } = this.body;
    return Buffer.from(buffer, byteOffset, byteLength).toString('utf8');
  }

  get isForm(): boolean {
    const type = this.header('content-type')?.split(';')[0]?.trim().toLowerCase();
    return type === 'application/x-www-form-urlencoded';
  }

  get formFields(): readonly Field[] {
    // The parser would drop a question mark at the beginning.
    this.#form ??= [...new URLSearchParams(`&${this.bodyText}`)];
    return this.#form;
  }

  /** A field that came once; several of the name are as good as none. */
  form(name: string): string | undefined {
    return onlyValue(this.formFields, name);
  }

  get queryFields(): readonly Field[] {
    const at = this.url.indexOf('?');
    this.#query ??= at < 0 ? [] : [...new URLSearchParams(`&${this.url.slice(at + 1)}`)];
    return this.#query;
  }

  query(name: string): string | undefined {
    return onlyValue(this.queryFields, name);
  }
}

function onlyValue(fields: readonly Field[], name: string): string | undefined {
  const found = fields.filter(([key]) => key === name);
  return found.length === 1 && found[0]?.[1] !== '' ? found[0]?.[1] : undefined;
}

/** Lower-case, in the order in which they are looked for. */
export function lowerNames(names: HeaderNames): readonly string[] {
  return (typeof names === 'string' ? [names] : names).map((name) => name.toLowerCase());
}

/** A header's value as it was on the wire: Node.js reads the bytes as Latin-1. */
export function wireText(value: string): string | Buffer {
  return /^[\0-\x7f]*$/.test(value) ? value : Buffer.from(value, 'latin1');
}

import { secretFormFields, secretJsonPaths } from '../signature/locations';
import type { Scheme } from '../signature/scheme';
import { jsonValues } from './json-values';
import { REDACTED, redactPairs } from './redact';

/** Takes a body that was verified; gives one without secret and signature, else byte for byte the same. */
export type RedactBody = (body: Buffer) => Buffer;

/** Null: the scheme has neither secret nor signature in the body. */
export function bodyRedaction(scheme: Scheme): RedactBody | null {
  const fields = secretFormFields(scheme);
  if (fields.length > 0) return (body) => latin1(redactPairs(body.toString('latin1'), fields));
  const paths = secretJsonPaths(scheme).map((path) => path.split('.'));
  return paths.length === 0 ? null : (body) => redactJson(body, paths);
}

function redactJson(body: Buffer, paths: readonly (readonly string[])[]): Buffer {
  const text = body.toString('latin1');
  const maxKeys = Math.max(...paths.map(({ length }) => length));
  const pieces: string[] = [];
  let from = 0;
  for (const { path, start, end } of jsonValues(text, maxKeys)) {
    if (!paths.some((secret) => isAt(path, secret))) continue;
    pieces.push(text.slice(from, start), JSON.stringify(REDACTED));
    from = end;
  }
  if (from === 0) return body;
  pieces.push(text.slice(from));
  return latin1(pieces.join(''));
}

function isAt(path: readonly string[], secret: readonly string[]): boolean {
  return path.length === secret.length && path.every((key, index) => key === secret[index]);
}

function latin1(text: string): Buffer {
  return Buffer.from(text, 'latin1');
}

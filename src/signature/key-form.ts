import { createHash } from 'node:crypto';
import type { KeyForm } from './scheme';
import { isPem } from './secrets';

/**
 * The keys that a secret stands for: one, or several where the scheme joins them. Throws an error whose
 * text names the problem, never the secret.
 */
export function keysOf(secret: string, form: KeyForm = {}): readonly (string | Buffer)[] {
  if (isPem(secret)) throw new Error('a key or certificate in PEM form is no shared secret.');
  const parts = form.sep === undefined ? [secret] : secret.split(form.sep);
  return parts.map((part) => keyOf(part, form));
}

function keyOf(secret: string, { enc, strip, derive, normalize }: KeyForm): string | Buffer {
  const text = normalize === undefined ? secret : secret.normalize(normalize);
  const key = decodeKey(withoutPrefixes(text, strip ?? []), enc ?? 'utf8');
  return derive === undefined ? key : createHash(derive).update(key).digest();
}

/** A text without those of the prefixes that it begins with, in their order. */
export function withoutPrefixes(text: string, prefixes: readonly string[]): string {
  let rest = text.trimStart();
  if (!prefixes.some((prefix) => rest.startsWith(prefix))) return text;
  for (const prefix of prefixes) if (rest.startsWith(prefix)) rest = rest.slice(prefix.length);
  return rest;
}

/** White space around an encoded key means nothing; a text is used to the last byte. */
function decodeKey(text: string, enc: NonNullable<KeyForm['enc']>): string | Buffer {
  if (enc === 'utf8') return text;
  const key = decodeBytes(text.trim(), enc);
  if (key === null) throw new Error(`it is not ${enc === 'hex' ? 'hexadecimal' : 'base64'}.`);
  return key;
}

/** Bytes from hexadecimal or base64, padded or not; null where the text is neither. */
export function decodeBytes(text: string, enc: 'hex' | 'base64'): Buffer | null {
  if (enc === 'hex') {
    return /^(?:[0-9a-fA-F]{2})+$/.test(text) ? Buffer.from(text, 'hex') : null;
  }
  const bare = text.replace(/={0,2}$/, '');
  const bytes = Buffer.from(bare, 'base64');
  const isExact = bytes.toString('base64').replace(/=+$/, '') === bare;
  return bytes.length > 0 && isExact ? bytes : null;
}

import { createHash } from 'node:crypto';

const MAX_KEY_LENGTH = 128;

/** The key as it is stored: long ones by their SHA-256. */
export function storedKey(value: string): string {
  if (value.length <= MAX_KEY_LENGTH) return value;
  return `sha256:${createHash('sha256').update(value).digest('hex')}`;
}

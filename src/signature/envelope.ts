import { createDecipheriv, createHash } from 'node:crypto';
import { isRecord, parseJson } from '../shared/json';
import { valueAt } from './json-path';
import type { Envelope } from './provider';
import type { Secrets } from './scheme';
import { usableSecrets } from './secrets';

/** The body that is meant: the same one where it is no envelope; null: none of the secrets opens it. */
export type OpenEnvelope = (body: Buffer) => Buffer | null;

const IV_BYTES = 16;
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;

/** It authenticates nothing: who has no signature checked may only be answered, never believed. */
export function envelopeOpener(
  { json, alg, key }: Envelope,
  secrets: Secrets | null,
): OpenEnvelope {
  const keys = usableSecrets(secrets).map(({ text }) => createHash(key).update(text).digest());
  return (body) => {
    const sealed = valueAt(parseJson(body.toString('utf8')), json);
    if (typeof sealed !== 'string') return body;
    if (!BASE64.test(sealed)) return null;
    const bytes = Buffer.from(sealed, 'base64');
    for (const each of keys) {
      const opened = decrypt(alg, each, bytes);
      if (opened !== null && isRecord(parseJson(opened.toString('utf8')))) return opened;
    }
    return null;
  };
}

function decrypt(alg: Envelope['alg'], key: Buffer, bytes: Buffer): Buffer | null {
  try {
    const decipher = createDecipheriv(alg, key, bytes.subarray(0, IV_BYTES));
    return Buffer.concat([decipher.update(bytes.subarray(IV_BYTES)), decipher.final()]);
  } catch {
    return null;
  }
}

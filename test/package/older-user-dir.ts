import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';

/** The files of a user directory in which an older version was at work: test/fixtures/upgrade/README.md. */
export function olderUserDir(schema: number): Record<string, Uint8Array> {
  const packed = readFileSync(`test/fixtures/upgrade/schema-${schema}.json.gz`);
  const files = JSON.parse(gunzipSync(packed).toString('utf8')) as Record<string, string>;
  return Object.fromEntries(
    Object.entries(files).map(([path, base64]) => [path, Buffer.from(base64, 'base64')]),
  );
}

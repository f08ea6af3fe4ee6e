import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { TestMark } from '../../../../src/ingest/request';

/** Says that a request is a test of ours; its value is known to this process only, and good for one. */
export const TEST_HEADER = 'x-webhook-test';

const issued = new Map<string, TestMark>();

/** The value of the header for one request. `withdraw` is to be called when it has been answered. */
export function issueTestMark(mark: TestMark): { readonly value: string; withdraw(): void } {
  const value = randomBytes(32).toString('base64url');
  issued.set(value, mark);
  return { value, withdraw: () => void issued.delete(value) };
}

/** The mark of a request, which then has the header no more; undefined: it is nobody's test. */
export function takeTestMark({ headers, rawHeaders }: IncomingMessage): TestMark | undefined {
  const value = headers[TEST_HEADER];
  if (typeof value !== 'string') return undefined;
  const mark = issued.get(value);
  if (mark === undefined || !issued.delete(value)) return undefined;
  Reflect.deleteProperty(headers, TEST_HEADER);
  const at = rawHeaders.findIndex((text) => text.toLowerCase() === TEST_HEADER);
  if (at >= 0) rawHeaders.splice(at, 2);
  return mark;
}

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { requestFault } from '../../nodes/shared/runtime/http/request-fault';

function statusOf(httpVersion: string, ...rawHeaders: string[]): number | undefined {
  const at = rawHeaders.findIndex((name) => name.toLowerCase() === 'transfer-encoding');
  const headers = at === -1 ? {} : { 'transfer-encoding': rawHeaders[at + 1] };
  return requestFault({ httpVersion, headers, rawHeaders })?.status;
}

test('what each proxy reads like Node.js is no fault', () => {
  assert.equal(statusOf('1.1', 'Host', 'x', 'Hosts', 'y', 'X-A', 'host'), undefined);
  assert.equal(statusOf('1.1', 'host', 'x', 'Transfer-Encoding', ' Chunked'), undefined);
  assert.equal(statusOf('1.0', 'content-length', '2'), undefined);
});

test('several hosts, a coding that nobody takes off, a version that has none, or is none', () => {
  assert.equal(statusOf('1.1', 'Host', 'x', 'a', 'b', 'HOST', 'x'), 400);
  assert.equal(statusOf('1.1', 'host', 'x', 'transfer-encoding', 'gzip, chunked'), 501);
  assert.equal(statusOf('1.0', 'transfer-encoding', 'chunked'), 400);
  for (const version of ['0.9', '2.0', '1.2']) assert.equal(statusOf(version), 505);
});

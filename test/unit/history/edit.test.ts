import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { StoredEvent } from '../../../src/events/event';
import { readEdit, replayOf } from '../../../src/history/edit';
import { WebhookError } from '../../../src/shared/errors';
import { anEvent } from '../../contract/event-store.fixtures';

const NOW = 5_000;
const stored = (headers: Record<string, string> = {}): StoredEvent => {
  const event = anEvent({ test: true, deliveryId: 'd1' });
  const kept = { ...event.request.headers, ...headers };
  const state = {
    status: 'failed',
    reason: 'x',
    attempt: 3,
    redelivered: true,
    conflict: false,
    repeats: 2,
    repeatedAtMs: 2,
  } as const;
  return { ...event, request: { ...event.request, headers: kept }, ...state, updatedAtMs: 2 };
};

test('as it was stored: a new event, linked, with the verification of the first', () => {
  const event = stored();
  const { id, receivedAtMs, ...again } = replayOf(event, readEdit(undefined), NOW);
  assert.notEqual(id, event.id);
  assert.equal(receivedAtMs, NOW);
  const { endpoint, name, provider, eventType, deliveryId, verification, request, body } = event;
  assert.deepEqual(again, {
    ...{ endpoint, name, provider, eventType, deliveryId, verification, request, body },
    ...{ replayOf: event.id, edited: false, test: true },
  });
});

test('an edited body: marked, nothing said of a signature, length and coding fit', () => {
  const event = stored({ 'content-encoding': 'gzip', 'content-length': '99' });
  const again = replayOf(event, readEdit({ body: '{"n":"ü"}' }), NOW);
  assert.deepEqual([again.edited, again.verification], [true, null]);
  assert.equal(Buffer.from(again.body).toString(), '{"n":"ü"}');
  assert.deepEqual(again.request.headers, {
    'content-type': 'application/json',
    'content-length': '10',
  });
  assert.deepEqual(event.request.headers['content-encoding'], 'gzip', 'the original is untouched');
});

test('edited headers: set, replaced, taken away; the body stays', () => {
  const event = stored({ 'x-old': '1', 'x-kept': '2', 'content-encoding': 'gzip' });
  const edit = readEdit({
    headers: { 'X-Old': null, 'X-New': 'a b', 'content-type': 'text/plain' },
  });
  const again = replayOf(event, edit, NOW);
  assert.deepEqual(again.request.headers, {
    ...{ 'content-type': 'text/plain', 'x-kept': '2', 'content-encoding': 'gzip', 'x-new': 'a b' },
  });
  assert.equal(again.body, event.body);
  assert.deepEqual([again.edited, again.verification], [true, null]);
});

test('a replay of an edited event is edited', () => {
  assert.equal(replayOf({ ...stored(), edited: true }, null, NOW).edited, true);
});

test('a body may be bytes, base64, or what JSON has', () => {
  const bodyOf = (raw: unknown): string => Buffer.from(readEdit(raw)!.body!).toString();
  assert.equal(bodyOf({ body: Buffer.from('ab') }), 'ab');
  assert.equal(bodyOf({ bodyBase64: 'YWI=' }), 'ab');
  assert.equal(bodyOf({ body: { a: [1] } }), '{"a":[1]}');
  assert.equal(bodyOf({ body: '' }), '');
});

test('nothing edited', () => {
  for (const raw of [undefined, null, {}, { headers: null }]) assert.equal(readEdit(raw), null);
});

for (const raw of [
  'text',
  [],
  { payload: 1 },
  { body: 'a', bodyBase64: 'YQ==' },
  { bodyBase64: '%%%' },
  { body: () => 1 },
  { headers: 'x: y' },
  { headers: { 'a b': 'c' } },
  { headers: { '': 'c' } },
  { headers: { a: 'b\r\nc: d' } },
  { headers: { a: 5 } },
  { headers: JSON.parse('{"__proto__": "x"}') as unknown },
  { headers: { constructor: 'x' } },
]) {
  test(`refused: ${JSON.stringify(raw) ?? 'a function'}`, () => {
    assert.throws(
      () => readEdit(raw),
      (error) => error instanceof WebhookError && error.code === 'bad-config',
    );
  });
}

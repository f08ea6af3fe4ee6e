import assert from 'node:assert/strict';
import { Socket } from 'node:net';
import { test } from 'node:test';
import { loadMessage, storeMessage } from '../../../src/events/message-bytes';
import { WebhookError } from '../../../src/shared/errors';

const roundTrip = (msg: Record<string, unknown>): Record<string, unknown> =>
  loadMessage(storeMessage(msg));

test('keeps what JSON would lose', () => {
  const msg = {
    _msgid: 'a1',
    payload: Buffer.from([0, 255, 128]),
    at: new Date(5),
    map: new Map([['a', 1]]),
    big: 2n ** 70n,
    nothing: undefined,
    _session: { type: 'websocket', id: 'x' },
  };
  const loaded = roundTrip(msg);
  assert.deepEqual(loaded, msg);
  assert.ok(Buffer.isBuffer(loaded['payload']));
  assert.ok('nothing' in loaded);
});

test('keeps cycles', () => {
  const msg: Record<string, unknown> = { payload: {} };
  msg['self'] = msg['payload'];
  const loaded = roundTrip(msg);
  assert.equal(loaded['self'], loaded['payload']);
});

test('a loaded buffer does not share memory with the stored bytes', () => {
  const bytes = storeMessage({ payload: Buffer.from('abc') });
  (loadMessage(bytes)['payload'] as Buffer).fill(0);
  assert.equal(String(loadMessage(bytes)['payload']), 'abc');
});

test('keeps the plain fields of a request and of a live response only that there was one', () => {
  const socket = new Socket();
  const req = { method: 'POST', url: '/a?b=1', headers: { a: '1' }, socket, on: () => undefined };
  const loaded = roundTrip({ payload: 1, req, res: { _res: socket, send: () => undefined } });
  assert.deepEqual(loaded, {
    payload: 1,
    req: { method: 'POST', url: '/a?b=1', headers: { a: '1' } },
    res: null,
  });
});

for (const [what, msg, path] of [
  ['a function', { payload: { list: [1, { fn: () => 1 }] } }, 'payload.list.1.fn'],
  ['a socket', { payload: { socket: new Socket() } }, 'payload.socket'],
  ['a promise', { later: Promise.resolve(1) }, 'later'],
] as const) {
  test(`refuses ${what} and names its place`, () => {
    assert.throws(
      () => storeMessage(msg),
      (error) =>
        error instanceof WebhookError &&
        error.code === 'message-not-storable' &&
        error.message.includes(path),
    );
  });
}

test('does not change the message', () => {
  const res = {};
  const msg = { payload: 1, res };
  storeMessage(msg);
  assert.equal(msg.res, res);
});

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { afterEach, describe, test } from 'node:test';
import { readBody, type BodyResult } from '../../../src/ingest/body-reader';
import { ByteBudget } from '../../../src/ingest/byte-budget';
import { declaredBytes } from '../../../src/ingest/request';
import { createFakeClock, type FakeClock } from '../../support/fake-clock';

const LIMITS = { maxBytes: 10, stallMs: 10_000, totalMs: 25_000 };

interface Reading {
  readonly socket: Socket;
  readonly request: IncomingMessage;
  readonly result: Promise<BodyResult>;
  readonly clock: FakeClock;
  readonly budget: ByteBudget;
}

const servers: { readonly server: Server; readonly socket: Socket }[] = [];
afterEach(() => {
  for (const { server, socket } of servers.splice(0)) {
    socket.destroy();
    server.closeAllConnections();
    server.close();
  }
});

/** A real connection over which a request's head, and as much of its body as given, was sent. */
async function reading(headers: string, body: string, budgetBytes = 100): Promise<Reading> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  socket.on('error', () => {});
  servers.push({ server, socket });
  socket.write(`POST / HTTP/1.1\r\nHost: x\r\n${headers}\r\n\r\n${body}`);
  const [request] = (await once(server, 'request')) as [IncomingMessage];
  const clock = createFakeClock();
  const budget = new ByteBudget(budgetBytes);
  const result = readBody(request, declaredBytes(request.headers), LIMITS, { clock, budget });
  return { socket, request, result, clock, budget };
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setImmediate(resolve));
}

describe('the bytes of a request', () => {
  test('come whole, by declared length and in chunks', async () => {
    const declared = await reading('Content-Length: 5', 'hello');
    assert.deepEqual(await declared.result, { kind: 'complete', bytes: Buffer.from('hello') });
    assert.equal(declared.budget.takenBytes, 5);
    assert.equal(declared.clock.waiting, 0);
    const chunked = await reading('Transfer-Encoding: chunked', '3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n');
    assert.deepEqual(await chunked.result, { kind: 'complete', bytes: Buffer.from('abcde') });
  });

  test('of a request without a body are none', async () => {
    const { result } = await reading('X: y', '');
    assert.deepEqual(await result, { kind: 'complete', bytes: Buffer.alloc(0) });
  });

  test('over the limit by their declared length are not read at all', async () => {
    const { result, request } = await reading('Content-Length: 11', 'hello world');
    assert.deepEqual(await result, { kind: 'too-large' });
    assert.equal(request.readableDidRead, false);
  });

  test('over the limit without a declared length are given up when they pass it', async () => {
    const chunks = '8\r\nabcdefgh\r\n8\r\nabcdefgh\r\n';
    const { result, budget, clock } = await reading('Transfer-Encoding: chunked', chunks);
    assert.deepEqual(await result, { kind: 'too-large' });
    assert.equal(budget.takenBytes, 0);
    assert.equal(clock.waiting, 0);
  });

  test('that stop coming are too slow after the stall time', async () => {
    const { result, clock, budget, socket } = await reading('Content-Length: 9', 'abc');
    await until(() => budget.takenBytes === 3);
    clock.advance(9_999);
    socket.write('d');
    await until(() => budget.takenBytes === 4);
    clock.advance(9_999);
    assert.equal(clock.waiting, 1, 'a byte came: the sender has not stalled');
    clock.advance(1);
    assert.deepEqual(await result, { kind: 'too-slow' });
    assert.equal(budget.takenBytes, 0);
  });

  test('that trickle are too slow in the end', async () => {
    const { result, clock, budget, socket } = await reading('Content-Length: 9', 'a');
    for (let taken = 1; taken <= 3; taken++) {
      await until(() => budget.takenBytes === taken);
      clock.advance(8_000);
      socket.write('b');
    }
    await until(() => budget.takenBytes === 4);
    clock.advance(1_000);
    assert.deepEqual(await result, { kind: 'too-slow' });
  });

  test('of a client that goes away are dropped', async () => {
    const { result, budget, socket, clock } = await reading('Content-Length: 9', 'abc');
    await until(() => budget.takenBytes === 3);
    socket.destroy();
    assert.deepEqual(await result, { kind: 'aborted' });
    assert.equal(budget.takenBytes, 0);
    assert.equal(clock.waiting, 0);
  });

  test('beyond what all requests together may hold are refused', async () => {
    const { result, budget } = await reading('Content-Length: 5', 'hello', 4);
    assert.deepEqual(await result, { kind: 'overloaded' });
    assert.equal(budget.takenBytes, 0);
  });
});

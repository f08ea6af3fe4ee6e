import assert from 'node:assert/strict';
import test from 'node:test';
import type { EventStatus } from '../../../src/events/states';
import type { ResponseMode } from '../../../src/ingest/await-outcome';
import { receive } from '../../../src/ingest/receive';
import type { Answer } from '../../../src/ingest/request';
import { waitUntil } from '../../support/wait-until';
import { setUp, validRequest, type Setup } from './endpoint-fixture';

const OUTCOME: ResponseMode = { kind: 'outcome', withinMs: 9000 };
const FLOW: ResponseMode = { kind: 'flow', withinMs: 30_000 };
const HANDLE = { _res: 'the response' };

interface Waiting extends Setup {
  readonly eventId: string;
  readonly answer: Promise<Answer | null>;
  readonly outcome: (status: EventStatus) => void;
  /** The response was sent by somebody, or the client went away. */
  readonly end: () => void;
  readonly isAnswered: () => boolean;
}

/** A request that is stored and waits. */
async function waiting(response: ResponseMode, changes: Parameters<typeof setUp>[0] = {}) {
  const setup = setUp({ response, ...changes });
  let end = (): void => undefined;
  const ended = new Promise<void>((resolve) => (end = resolve));
  let answered = false;
  const request = { ...validRequest(), response: () => ({ handle: HANDLE, ended }) };
  const answer = receive(setup.endpoint, request, {}).finally(() => (answered = true));
  await waitUntil('stored, and the clock runs', () => setup.clock.waiting === 1);
  const { event, options } = setup.accepted[0]!;
  const outcome = (status: EventStatus): void => options.sender?.onOutcome(status);
  const result: Waiting = Object.assign(setup, {
    ...{ eventId: event.id, answer, outcome, end },
    isAnswered: () => answered,
  });
  return result;
}

const jsonOf = (answer: Answer | null): unknown => JSON.parse(answer?.body ?? 'null');

for (const [status, code] of [
  ['success', 200],
  ['ignored', 200],
  ['retrying', 202],
] as const) {
  test(`outcome: ${status} is answered with ${code}`, async () => {
    const { answer, outcome, eventId, released, clock } = await waiting(OUTCOME);
    outcome(status);
    assert.equal((await answer)?.status, code);
    assert.deepEqual(jsonOf(await answer), { status, event_id: eventId });
    assert.deepEqual(released, [eventId]);
    assert.equal(clock.waiting, 0);
  });
}

test('outcome: only a final failure is answered with 500', async () => {
  const { answer, outcome, eventId } = await waiting(OUTCOME);
  outcome('failed');
  assert.equal((await answer)?.status, 500);
  assert.deepEqual(jsonOf(await answer), { detail: 'The flow failed', event_id: eventId });
});

test('outcome: at the deadline of the sender it is 202, and the event lives on', async () => {
  const { answer, clock, isAnswered, eventId, released } = await waiting(OUTCOME);
  clock.advance(8999);
  await Promise.resolve();
  assert.equal(isAnswered(), false);
  clock.advance(1);
  assert.equal((await answer)?.status, 202);
  assert.deepEqual(jsonOf(await answer), { status: 'processing', event_id: eventId });
  assert.deepEqual(released, [eventId]);
});

test("outcome: a success is acknowledged with the provider's own answer", async () => {
  const ack = { status: 200, body: '[accepted]', contentType: 'text/plain' };
  const { answer, outcome } = await waiting(OUTCOME, { ack });
  outcome('success');
  assert.equal((await answer)?.body, '[accepted]');
});

test('outcome: the flow gets no response to answer with', async () => {
  const { accepted, outcome, answer } = await waiting(OUTCOME);
  assert.equal(accepted[0]?.options.sender?.handle, undefined);
  outcome('success');
  await answer;
});

test('while a sender waits, its bytes do not count any more', async () => {
  const { budget, outcome, answer } = await waiting(OUTCOME);
  assert.equal(budget.tryTake(10_000), true);
  budget.give(10_000);
  outcome('success');
  await answer;
});

test('flow: what the flow has answered is not answered again', async () => {
  const { accepted, answer, end, released, eventId } = await waiting(FLOW);
  assert.equal(accepted[0]?.options.sender?.handle, HANDLE);
  end();
  assert.equal(await answer, null);
  assert.deepEqual(released, [eventId]);
});

test('flow: 504 when nothing answered in time', async () => {
  const { answer, clock } = await waiting(FLOW);
  clock.advance(30_000);
  assert.equal((await answer)?.status, 504);
  assert.deepEqual(jsonOf(await answer), { detail: 'The flow did not answer in time' });
});

test('flow: a parked message may still answer; a flow that ended without one is answered for', async () => {
  const { answer, outcome, isAnswered } = await waiting(FLOW);
  outcome('retrying');
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(isAnswered(), false);
  const other = await waiting(FLOW);
  other.outcome('success');
  assert.equal((await other.answer)?.status, 200);
  const failed = await waiting(FLOW);
  failed.outcome('failed');
  assert.equal((await failed.answer)?.status, 500);
  void answer;
});

test('a duplicate is acknowledged at once, an event that is delivered again is waited for', async () => {
  const setup = setUp({ response: OUTCOME });
  const ended = new Promise<void>(() => undefined);
  const request = () => ({ ...validRequest(), response: () => ({ handle: HANDLE, ended }) });
  setup.sink = () => Promise.resolve({ kind: 'duplicate', eventId: 'first' });
  assert.equal((await receive(setup.endpoint, request(), {}))?.status, 200);
  setup.sink = () => Promise.resolve({ kind: 'requeued', eventId: 'first' });
  const answer = receive(setup.endpoint, request(), {});
  await waitUntil('it waits', () => setup.clock.waiting === 1);
  setup.accepted[1]?.options.sender?.onOutcome('failed');
  assert.equal((await answer)?.status, 500);
  assert.deepEqual(setup.released, ['first']);
});

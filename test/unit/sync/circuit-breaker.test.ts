import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import type { Clock } from '../../../src/shared/clock';
import { CircuitBreaker, CircuitOpenError } from '../../../src/sync/circuit-breaker';
import { SyncError } from '../../../src/sync/sync-error';
import { runGolden } from '../../support/run-golden';

interface Golden {
  id: string;
  group: string;
  config: { failure_threshold?: number; reset_timeout_seconds?: number };
  trace: { op: string; called?: boolean; state_raw?: string; state?: string }[];
}

const { cases } = JSON.parse(readFileSync('test/fixtures/sync/circuit.json', 'utf8')) as {
  cases: Golden[];
};

const failure = new SyncError('down', { category: 'SERVER' });

test('opens and closes as the reference does', async (t) => {
  assert.equal(cases.length, 8);
  await runGolden(t, cases, async (golden) => {
    let nowMs = 0;
    const clock: Clock = { now: () => nowMs, after: () => ({ cancel: () => {} }) };
    const { failure_threshold: failureThreshold = 5, reset_timeout_seconds: resetSeconds = 60 } =
      golden.config;
    const breaker = new CircuitBreaker('x', { failureThreshold, resetSeconds }, clock);
    for (const { op, called, state_raw: raw, state } of golden.trace) {
      if (op.startsWith('+')) nowMs += Number(op) * 1000;
      else assert.equal(await attempt(breaker, op), called);
      assert.equal(breaker.state, (state ?? raw)!.toLowerCase().replace('_', '-'));
    }
  });
});

/** Whether the call was made. */
async function attempt(breaker: CircuitBreaker, op: string): Promise<boolean> {
  let called = false;
  const call = (): Promise<string> => {
    called = true;
    return op === 'fail' ? Promise.reject(failure) : Promise.resolve('ok');
  };
  const outcome = await breaker.run(call).catch((thrown: unknown) => thrown);
  if (!called) assert.ok(outcome instanceof CircuitOpenError && !outcome.permanent);
  return called;
}

test('the refusal of an item is no failure of the server, and ends a row of failures', async () => {
  const clock: Clock = { now: () => 0, after: () => ({ cancel: () => {} }) };
  const breaker = new CircuitBreaker('x', { failureThreshold: 2, resetSeconds: 60 }, clock);
  const run = (category: 'VALIDATION' | 'NETWORK' | 'UNKNOWN', statusCode?: number) =>
    breaker
      .run(() => Promise.reject(new SyncError('x', { category, statusCode: statusCode ?? null })))
      .catch((thrown: unknown) => thrown);
  for (let n = 0; n < 5; n += 1) await run('VALIDATION', 422);
  await run('NETWORK');
  await run('VALIDATION', 422);
  await run('NETWORK');
  // What says nothing about the server neither counts nor ends the row.
  await run('UNKNOWN');
  await run('VALIDATION');
  assert.equal(breaker.state, 'closed');
  await run('NETWORK');
  assert.equal(breaker.state, 'open');
});

test('a refusal is an answer: it closes the breaker as a success does', async () => {
  let nowMs = 0;
  const clock: Clock = { now: () => nowMs, after: () => ({ cancel: () => {} }) };
  const breaker = new CircuitBreaker('x', { failureThreshold: 1, resetSeconds: 60 }, clock);
  await assert.rejects(breaker.run(() => Promise.reject(failure)));
  nowMs = 60_000;
  const ended = new SyncError('x', { category: 'UNKNOWN' });
  await assert.rejects(breaker.run(() => Promise.reject(ended)));
  assert.equal(breaker.state, 'half-open');
  const refusal = new SyncError('x', { category: 'VALIDATION', statusCode: 422 });
  await assert.rejects(breaker.run(() => Promise.reject(refusal)));
  assert.equal(breaker.state, 'closed');
});

test('while one call tries whether it works again, others are still refused', async () => {
  let nowMs = 0;
  const clock: Clock = { now: () => nowMs, after: () => ({ cancel: () => {} }) };
  const breaker = new CircuitBreaker('x', { failureThreshold: 1, resetSeconds: 60 }, clock);
  await assert.rejects(breaker.run(() => Promise.reject(failure)));
  await assert.rejects(
    breaker.run(() => Promise.resolve(1)),
    { name: 'CircuitOpenError', category: 'SERVER', permanent: false, retryAfterMs: 60_000 },
  );
  nowMs = 60_000;
  let finish: (value: string) => void = () => undefined;
  const trying = breaker.run(() => new Promise<string>((resolve) => (finish = resolve)));
  await assert.rejects(
    breaker.run(() => Promise.resolve(1)),
    CircuitOpenError,
  );
  finish('fine');
  assert.equal(await trying, 'fine');
  assert.equal(breaker.state, 'closed');
});

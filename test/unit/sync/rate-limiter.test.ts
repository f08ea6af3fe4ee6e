import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import type { Clock } from '../../../src/shared/clock';
import { readEndpoint } from '../../../src/sync/endpoint';
import { createRateLimiter } from '../../../src/sync/rate-limiter';
import { runGolden } from '../../support/run-golden';

interface Step {
  arrive?: number;
  waited?: number;
  response?: { status: number; headers: Record<string, string> };
}

interface Golden {
  id: string;
  group: string;
  config: Record<string, unknown>;
  trace?: Step[];
  error?: string;
}

/** Where we do something else than the reference, and why. */
const DEVIATIONS: Record<string, { reason: string; waited: number[] }> = {
  'adaptive-04': { reason: 'a date of Retry-After is honoured, bounded', waited: [0, 60] },
  'invalid-04': { reason: 'at least one request is let through at once', waited: [0] },
};

const { cases } = JSON.parse(readFileSync('test/fixtures/sync/rate-limit.json', 'utf8')) as {
  cases: Golden[];
};

test('spaces requests as the reference does', async (t) => {
  assert.equal(cases.length, 11);
  await runGolden(t, cases, (golden) => {
    if (golden.error !== undefined) assert.equal(read(golden.config), undefined);
    else assert.deepEqual(waits(golden), DEVIATIONS[golden.id]?.waited ?? recorded(golden));
  });
});

function recorded({ trace = [] }: Golden): number[] {
  return trace.flatMap(({ waited }) => (waited === undefined ? [] : [waited]));
}

function read({ requests_per_second: documented, ...rateLimit }: Record<string, unknown>) {
  const rate = documented === undefined ? {} : { rate: documented };
  return readEndpoint({ name: 'x', path: '/', rateLimit: { ...rateLimit, ...rate } })?.rateLimit;
}

function waits({ config, trace = [] }: Golden): number[] {
  let nowMs = 0;
  const clock: Clock = { now: () => nowMs, after: () => ({ cancel: () => {} }) };
  const limiter = createRateLimiter(read(config)!, clock);
  return trace.flatMap(({ arrive, response }) => {
    if (response !== undefined) {
      const headers = Object.entries(response.headers);
      limiter?.observe({
        status: response.status,
        headers: new Map(headers.map(([name, value]) => [name.toLowerCase(), value])),
        body: { complete: true, text: '' },
      });
      return [];
    }
    nowMs = (arrive ?? 0) * 1000;
    return [Math.round(limiter?.reserve() ?? 0) / 1000];
  });
}

test('an API that says how much is left is asked more slowly', () => {
  const clock: Clock = { now: () => 1_000_000, after: () => ({ cancel: () => {} }) };
  const limiter = createRateLimiter({ strategy: 'adaptive', rate: 10, burst: 1 }, clock)!;
  limiter.observe({
    status: 200,
    headers: new Map([
      ['x-ratelimit-remaining', '2'],
      ['x-ratelimit-reset', '1010'],
    ]),
    body: { complete: true, text: '' },
  });
  const reserved = Array.from({ length: 12 }, () => limiter.reserve());
  assert.deepEqual(reserved.slice(-2), [5000, 10_000]);
});

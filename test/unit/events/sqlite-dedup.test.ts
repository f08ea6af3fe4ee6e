import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DatabaseSync } from 'node:sqlite';
import fc from 'fast-check';
import { bodyDigest, DedupTable } from '../../../src/events/sqlite/dedup';
import { hashKey, KeyFilter } from '../../../src/events/sqlite/key-filter';
import { migrate } from '../../../src/events/sqlite/schema/migrations';

interface Known {
  readonly eventId: string;
  readonly expiresAtMs: number;
}

const BODIES = ['a', 'b'].map((text) => bodyDigest(Buffer.from(text)));

type Step =
  | { do: 'accept'; key: number; body: number; windowMs: number }
  | { do: 'bulk'; count: number; windowMs: number }
  | { do: 'wait'; ms: number }
  | { do: 'sweep'; times: number }
  | { do: 'rollback'; inside: number; key: number }
  | { do: 'reopen' };

const windowMs = fc.constantFrom(10, 1_000, 100_000);
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    do: fc.constant('accept' as const),
    key: fc.nat(20),
    body: fc.nat(1),
    windowMs,
  }),
  fc.record({ do: fc.constant('bulk' as const), count: fc.constantFrom(1, 95, 6_144), windowMs }),
  fc.record({ do: fc.constant('wait' as const), ms: fc.constantFrom(1, 10, 1_000, 100_000) }),
  fc.record({ do: fc.constant('sweep' as const), times: fc.constantFrom(1, 5, 200) }),
  fc.record({
    do: fc.constant('rollback' as const),
    inside: fc.constantFrom(1, 6_200),
    key: fc.nat(20),
  }),
  fc.record({ do: fc.constant('reopen' as const) }),
);

/** The table beside a plain map of (endpoint, key, body), and what both say of each key. */
class Twin {
  readonly db = new DatabaseSync(':memory:');
  readonly #known = new Map<string, Known>();
  table: DedupTable;
  nowMs = 1_000;
  #count = 0;

  constructor() {
    migrate(this.db);
    this.table = new DedupTable(this.db);
  }

  take(step: Step): void {
    if (step.do === 'wait') this.nowMs += step.ms;
    else if (step.do === 'reopen') this.table = new DedupTable(this.db);
    else if (step.do === 'accept') {
      this.#within(() => this.#accept(`key ${step.key}`, step.body, step.windowMs));
    } else if (step.do === 'bulk') this.#within(() => this.#bulk(step.count, step.windowMs));
    else if (step.do === 'sweep') {
      this.#within(() => {
        for (let n = 0; n < step.times; n++) this.table.sweep(this.nowMs);
      });
    } else this.#rolledBack(step.inside, `key ${step.key}`);
    for (let key = 0; key <= 20; key++) this.#compare(`key ${key}`);
  }

  #within(work: () => void): void {
    this.table.mark();
    this.db.exec('BEGIN');
    work();
    this.db.exec('COMMIT');
  }

  #rolledBack(inside: number, key: string): void {
    const before = new Map(this.#known);
    this.table.mark();
    this.db.exec('BEGIN');
    this.table.sweep(this.nowMs);
    this.#bulk(inside, 1_000);
    this.#accept(key, 0, 1_000);
    this.db.exec('ROLLBACK');
    this.table.revert();
    this.#known.clear();
    for (const [name, known] of before) this.#known.set(name, known);
  }

  #bulk(count: number, windowMs: number): void {
    for (let n = 0; n < count; n++) this.#accept(`bulk ${++this.#count}`, 0, windowMs);
  }

  #accept(key: string, body: number, windowMs: number): void {
    const digest = BODIES[body]!;
    if (this.table.find(1, key, digest, this.nowMs).eventId !== null) return;
    const known = { eventId: `event ${++this.#count}`, expiresAtMs: this.nowMs + windowMs };
    this.table.insert(1, key, digest, known.eventId, known.expiresAtMs);
    this.#known.set(`${key}/${body}`, known);
  }

  #compare(key: string): void {
    const living = [0, 1].map((body) => {
      const known = this.#known.get(`${key}/${body}`);
      return known !== undefined && known.expiresAtMs > this.nowMs ? known.eventId : null;
    });
    for (const body of [0, 1]) {
      const eventId = living[body]!;
      const expected = { eventId, conflict: eventId === null && living[1 - body] !== null };
      assert.deepEqual(this.table.find(1, key, BODIES[body]!, this.nowMs), expected, key);
      const elsewhere = this.table.find(2, key, BODIES[body]!, this.nowMs);
      assert.deepEqual(elsewhere, { eventId: null, conflict: false });
    }
  }

  count(table: string): unknown {
    return this.db.prepare(`SELECT COUNT(*) AS n FROM ${table}`).get()!['n'];
  }
}

test('answers as a plain map would, over expiry, rollbacks and reopening', () => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 5, maxLength: 25 }), (steps) => {
      const twin = new Twin();
      for (const one of steps) twin.take(one);
      twin.db.close();
    }),
    { numRuns: 40 },
  );
});

test('expired keys leave the file, those that live stay', () => {
  const twin = new Twin();
  twin.take({ do: 'bulk', count: 6_144 * 2, windowMs: 10 });
  twin.take({ do: 'accept', key: 1, body: 0, windowMs: 1_000 });
  assert.equal(twin.count('dedup_segments'), 2);
  twin.take({ do: 'wait', ms: 10 });
  twin.take({ do: 'sweep', times: 200 });
  assert.deepEqual([twin.count('dedup_segments'), twin.count('dedup_keys')], [0, 1]);
  twin.take({ do: 'wait', ms: 1_000 });
  twin.take({ do: 'sweep', times: 200 });
  assert.equal(twin.count('dedup_keys'), 0);
  assert.equal(twin.table.sweep(twin.nowMs), false);
});

test('a filter knows each of its keys, and takes few others for them', () => {
  const filter = new KeyFilter(new Uint8Array(16_384));
  const hash = (n: number): ReturnType<typeof hashKey> => hashKey(7, 1, `delivery-${n}`);
  for (let n = 0; n < 6_144; n++) filter.add(hash(n));
  for (let n = 0; n < 6_144; n++) assert.ok(filter.mayHave(hash(n)));
  let taken = 0;
  for (let n = 0; n < 100_000; n++) if (filter.mayHave(hash(10_000 + n))) taken += 1;
  assert.ok(taken < 100, `${taken} of 100,000`);
});

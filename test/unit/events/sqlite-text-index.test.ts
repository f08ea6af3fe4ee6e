import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { Texts } from './sqlite-texts-harness';
import type { Status } from './sqlite-texts-harness';

const WORDS = ['kolibri', 'Ästhetik', 'inv-10', 'ab'];

function filled(count: number, text = (n: number): string => `inv-${1000 + n}`): Texts {
  const texts = new Texts();
  for (let n = 0; n < count; n++) texts.store(text(n));
  return texts;
}

describe('the index of texts in SQLite', () => {
  test('covers what is stored, in parts on disk and the newest ones in memory', () => {
    const texts = filled(40);
    assert.equal(texts.index(), false);
    assert.deepEqual(texts.parts(), [
      { from: 1, below: 17, chunks: 1024 },
      { from: 17, below: 33, chunks: 1024 },
    ]);
    for (const text of ['inv-1003', 'INV-1020', 'inv-1039', 'inv-10', 'sandwich']) {
      assert.deepEqual(texts.found(text), texts.expected(text), text);
    }
  });

  test('is asked: what was changed behind its back is not found', () => {
    const texts = filled(40);
    texts.index();
    const change = texts.db.prepare('UPDATE bodies SET body = ? WHERE seq = ?');
    for (const seq of [3, 20, 38]) change.run(Buffer.from('kolibri'), seq);
    assert.deepEqual(texts.found('kolibri'), []);
    assert.equal(texts.found('ol').length, 3);
  });

  test('is made for histories that are worth it', () => {
    const texts = filled(3);
    assert.equal(texts.index(), false);
    for (let n = 0; n < 17; n++) texts.store('x');
    texts.index();
    assert.equal(texts.parts().length, 1);
  });

  test('is found as far as it came when the process dies in it', () => {
    const texts = filled(40);
    for (let steps = 0; steps < 60; steps++) {
      texts.reopen();
      texts.index(steps);
      for (const text of ['inv-1003', 'inv-1030']) {
        assert.deepEqual(texts.found(text), texts.expected(text));
      }
    }
    texts.reopen();
    texts.index();
    assert.equal(texts.parts().length, 2);
    assert.equal(texts.chunks(), 2048);
  });

  test('loses the part of an event that is removed at once, and gets it again without that event', () => {
    const texts = filled(48);
    texts.index();
    const ids = [...texts.stored.keys()];
    texts.remove(ids[20]!);
    assert.deepEqual(
      texts.parts().map(({ from }) => from),
      [1, 33],
    );
    assert.equal(texts.chunks(), 2048);
    texts.index();
    assert.deepEqual(texts.parts(), [
      { from: 1, below: 17, chunks: 1024 },
      { from: 17, below: 33, chunks: 1024 },
      { from: 33, below: 49, chunks: 1024 },
    ]);
    assert.deepEqual(texts.found('inv-1020'), []);
    assert.deepEqual(texts.found('inv-10'), texts.expected('inv-10'));
  });

  test('forgets what it is about to write when an event of it is removed', () => {
    const texts = new Texts();
    const id = texts.store('kolibri');
    for (let n = 0; n < 23; n++) texts.store('x');
    while (texts.chunks() === 0) texts.index(1);
    texts.remove(id);
    texts.index();
    assert.equal(texts.parts().length, 1);
    texts.db.prepare('UPDATE bodies SET body = ? WHERE seq = 3').run(Buffer.from('kolibri'));
    assert.deepEqual(texts.found('kolibri'), []);
  });

  test('stays as it was when a removal is taken back', () => {
    const texts = filled(40);
    texts.index();
    const parts = texts.parts();
    texts.removeInVain([...texts.stored.keys()][3]!);
    texts.index();
    assert.deepEqual(texts.parts(), parts);
    assert.deepEqual(texts.found('inv-10'), texts.expected('inv-10'));
    texts.db.prepare('UPDATE bodies SET body = ? WHERE seq = 5').run(Buffer.from('kolibri'));
    assert.deepEqual(texts.found('kolibri'), []);
  });

  test('gives its space back with the events that retention takes', () => {
    const texts = filled(64);
    texts.index();
    assert.equal(texts.parts().length, 4);
    texts.keep(20);
    texts.index();
    assert.deepEqual(
      texts.parts().map(({ from }) => from),
      [33, 49],
    );
    assert.equal(texts.chunks(), 2048);
    texts.keep(0);
    texts.index();
    assert.equal(texts.chunks(), 0);
  });

  test('covers what retention leaves behind, once it is worth it, and lets go of that too', () => {
    const texts = new Texts();
    for (let n = 0; n < 64; n++) texts.store(`inv-${1000 + n}`, n % 8 === 0 ? 'failed' : 'success');
    texts.index();
    texts.keep(10);
    texts.index();
    assert.deepEqual(
      texts.parts().map(({ from, below }) => [from, below]),
      [
        [1, 42],
        [49, 65],
      ],
    );
    assert.deepEqual(texts.found('inv-1008'), texts.expected('inv-1008'));
    assert.deepEqual(texts.found('inv-10'), texts.expected('inv-10'));
    texts.keep(0);
    texts.index();
    assert.equal(texts.chunks(), 0);
  });

  test('knows nothing of events whose numbers are used again', () => {
    const texts = filled(40);
    texts.index();
    texts.keep(0);
    for (let n = 0; n < 40; n++) texts.store(`kolibri-${n}`);
    assert.deepEqual(texts.found('kolibri-1'), texts.expected('kolibri-1'));
    assert.deepEqual(texts.parts(), []);
    texts.index();
    assert.equal(texts.parts().length, 2);
    assert.deepEqual(texts.found('kolibri-1'), texts.expected('kolibri-1'));
  });

  test('knows nothing of them after a restart either', () => {
    const texts = filled(40);
    texts.index();
    texts.keep(0);
    texts.reopen();
    for (let n = 0; n < 3; n++) texts.store(`kolibri-${n}`);
    assert.deepEqual(texts.found('kolibri-1'), texts.expected('kolibri-1'));
  });

  test('is gone through to the end in pages that are cut short', () => {
    const texts = filled(100);
    texts.index();
    const ids = [...texts.stored.keys()];
    for (const id of ids.slice(20, 30)) texts.remove(id);
    texts.index(40);
    for (const text of ['inv-1003', 'inv-10', 'sandwich', 'nv']) {
      const pages = texts.pages;
      assert.deepEqual(texts.found(text, 50, true), texts.expected(text), text);
      assert.ok(texts.pages > pages + 3, `${text}: ${texts.pages - pages} pages`);
    }
  });

  test('finds what is there and nothing else, whatever happens', () => {
    const text = fc
      .array(fc.constantFrom(...WORDS, ' ', 'é', '7'), { minLength: 1, maxLength: 4 })
      .map((parts) => parts.join(''));
    const status = fc.constantFrom<Status>('success', 'success', 'success', 'failed');
    const step = fc.oneof(
      { weight: 6, arbitrary: fc.record({ kind: fc.constant('store' as const), text, status }) },
      {
        weight: 1,
        arbitrary: fc.record({ kind: fc.constant('storeMany' as const), text, status }),
      },
      { weight: 1, arbitrary: fc.record({ kind: fc.constant('in vain' as const), text }) },
      {
        weight: 3,
        arbitrary: fc.record({ kind: fc.constant('index' as const), steps: fc.nat(60) }),
      },
      {
        weight: 1,
        arbitrary: fc.record({ kind: fc.constant('remove' as const), which: fc.nat(99) }),
      },
      { weight: 1, arbitrary: fc.record({ kind: fc.constant('keep' as const), most: fc.nat(40) }) },
      { weight: 1, arbitrary: fc.constant({ kind: 'reopen' as const }) },
    );
    const needle = fc.oneof(text, fc.constantFrom('KOLI', 'äst', 'inv-1', 'b', 'nowhere'));
    const property = fc.property(
      fc.array(fc.record({ step, needle, isHurried: fc.boolean() }), {
        minLength: 5,
        maxLength: 40,
        size: 'max',
      }),
      (steps) => {
        const texts = new Texts();
        for (const { step: one, needle: wanted, isHurried } of steps) {
          if (one.kind === 'store') texts.store(one.text, one.status);
          else if (one.kind === 'storeMany') {
            for (let n = 0; n < 18; n++) texts.store(`${one.text}${n}`, one.status);
          } else if (one.kind === 'in vain') texts.storeInVain(one.text);
          else if (one.kind === 'index') texts.index(one.steps);
          else if (one.kind === 'keep') texts.keep(one.most);
          else if (one.kind === 'reopen') texts.reopen();
          else {
            const ids = [...texts.stored.keys()];
            const id = ids[one.which % Math.max(1, ids.length)];
            if (id !== undefined) texts.remove(id);
          }
          assert.deepEqual(texts.found(wanted, 3, isHurried), texts.expected(wanted));
        }
        texts.index();
        for (const each of WORDS) assert.deepEqual(texts.found(each), texts.expected(each));
      },
    );
    fc.assert(property, { numRuns: Number(process.env.NUM_RUNS ?? 25) });
  });
});

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { StoreContext } from './event-store.context';

const digest = (n: number): string => n.toString(16).padStart(64, '0');
const digests = (from: number, to: number): string[] =>
  Array.from({ length: to - from + 1 }, (_, at) => digest(from + at));

/** What syncs remember from run to run. */
export function describeSyncs(on: StoreContext): void {
  describe('syncs', () => {
    const save = (key: string, delivered: string[], memory?: string, maxItems = 100) =>
      on.store.saveSync({
        key,
        delivered,
        maxItems,
        ...(memory === undefined ? {} : { memory }),
      });

    test('a sync that never ran remembers nothing', async () => {
      assert.deepEqual(await on.store.recallSync('s', [digest(1)]), {
        memory: null,
        delivered: [],
      });
    });

    test('memory and delivered items outlive a crash, each sync its own', async () => {
      await save('a', digests(1, 3), '{"last":1}');
      await save('a', digests(3, 4));
      await save('b', [digest(9)], '{"last":2}');
      await on.crash();
      assert.deepEqual(await on.store.recallSync('a', digests(0, 9)), {
        memory: '{"last":1}',
        delivered: digests(1, 4),
      });
      const { memory, delivered } = await on.store.recallSync('b', digests(0, 9));
      assert.deepEqual([memory, delivered], ['{"last":2}', [digest(9)]]);
    });

    test('items are bounded: the oldest go, one that came again keeps its place', async () => {
      await save('a', digests(1, 5), undefined, 4);
      await save('a', [digest(2), digest(6)], undefined, 4);
      const { delivered } = await on.store.recallSync('a', digests(1, 9));
      assert.deepEqual(delivered, digests(3, 6));
    });

    test('lowering the bound takes several writes, not one long one', async () => {
      await save('a', digests(1, 1200), undefined, 5000);
      await save('a', [digest(1201)], undefined, 10);
      assert.ok((await on.store.recallSync('a', digests(1, 1201))).delivered.length > 500);
      await save('a', [], undefined, 10);
      await save('a', [], undefined, 10);
      const { delivered } = await on.store.recallSync('a', digests(1, 1201));
      assert.deepEqual(delivered, digests(1192, 1201));
    });
  });
}

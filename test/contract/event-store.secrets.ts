import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { NewEvent } from '../../src/events/event';
import { LATER } from './event-store.context';
import type { StoreContext } from './event-store.context';
import { anEvent } from './event-store.fixtures';

export function describeSecrets(on: StoreContext): void {
  const came = (
    receivedAtMs: number,
    secret: 'current' | 'previous' | null,
    change: Partial<NewEvent> = {},
  ) => {
    const verification = secret === null ? null : { scheme: 'hmac', secret };
    return on.store.accept(anEvent({ receivedAtMs, verification, ...change }), LATER);
  };

  describe('when secrets matched', () => {
    test('the last time of each, by endpoint', async () => {
      assert.deepEqual(await on.store.secretMatches(), []);
      await came(1_000, 'previous');
      await came(2_000, 'current');
      await came(3_000, 'current');
      await came(5_000, 'previous', { endpoint: '/hooks/b' });
      await came(9_000, null);
      assert.deepEqual(await on.store.secretMatches(), [
        { endpoint: '/hooks/a', currentAtMs: 3_000, previousAtMs: 1_000 },
        { endpoint: '/hooks/b', currentAtMs: null, previousAtMs: 5_000 },
      ]);
    });

    test('a duplicate was signed, too; a replay and a test were not by the sender', async () => {
      const dedup = { key: 'k', windowMs: 10_000 };
      const [one, two] = [anEvent({ receivedAtMs: 1_000 }), anEvent({ receivedAtMs: 2_000 })];
      await on.store.accept(one, { handOver: false, dedup });
      const again = await on.store.accept(two, { handOver: false, dedup });
      assert.equal(again.kind, 'duplicate');
      await came(3_000, 'current', { replayOf: one.id });
      await came(4_000, 'current', { test: true });
      const [matches] = await on.store.secretMatches();
      assert.equal(matches!.currentAtMs, 2_000);
    });

    test('is forgotten when the secrets change', async () => {
      await came(1_000, 'current');
      await came(1_000, 'current', { endpoint: '/hooks/b' });
      await on.store.forgetSecretMatches('/hooks/a');
      await on.store.forgetSecretMatches('/nowhere');
      const endpoints = (await on.store.secretMatches()).map(({ endpoint }) => endpoint);
      assert.deepEqual(endpoints, ['/hooks/b']);
      await came(2_000, 'previous');
      const [matches] = await on.store.secretMatches();
      assert.deepEqual(matches, {
        endpoint: '/hooks/a',
        currentAtMs: null,
        previousAtMs: 2_000,
      });
    });
  });
}

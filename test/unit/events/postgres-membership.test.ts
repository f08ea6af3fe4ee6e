import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Membership } from '../../../src/events/postgres/membership';
import { ServerClock } from '../../../src/events/postgres/server-clock';
import type { Session } from '../../../src/events/postgres/session';
import { createFakeClock } from '../../support/fake-clock';

test('one that joined while a heartbeat was on its way is not forgotten at its answer', async () => {
  const answers: ((rows: object[]) => void)[] = [];
  const query = (): Promise<object[]> => new Promise((resolve) => void answers.push(resolve));
  const session = { query } as unknown as Session;
  const alone = [{ now_ms: '0', dead: false, others: false, version: 1 }];
  const membership = new Membership(1000, new ServerClock(createFakeClock()), () => undefined);
  const beat = async (meanwhile: () => void): Promise<boolean> => {
    const beating = membership.beat(session);
    meanwhile();
    answers.shift()?.(alone);
    await beating;
    return membership.hasOthers;
  };
  const nothing = (): void => undefined;
  assert.equal(await beat(nothing), false);
  assert.equal(await beat(() => membership.hasMet()), true);
  assert.equal(await beat(nothing), false, 'it has left');
});

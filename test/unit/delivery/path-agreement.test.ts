import assert from 'node:assert/strict';
import test from 'node:test';
import { PathAgreement, type Place } from '../../../src/delivery/path-agreement';
import type { PathClaim, Peers } from '../../../src/events/peers';
import { silentLogger } from '../../../src/shared/logger';
import { createFakeClock } from '../../support/fake-clock';

type ClaimPaths = (claims: readonly PathClaim[]) => Promise<readonly PathClaim[]>;
const asPeers = (claimPaths: ClaimPaths): Peers => ({ claimPaths }) as Partial<Peers> as Peers;
const claim = (place: string, owner: string): PathClaim => ({ place, owner });

/** A process with two endpoints at one place and one at another, and the histories that it shares. */
function agreement(peers: () => readonly (Peers | null)[]) {
  const clock = createFakeClock();
  const arranged: string[] = [];
  const place = (name: string, ...owners: string[]): [string, Place] => [
    name,
    { owners, arrange: (wanted) => void arranged.push(`${name}: ${wanted.join()}`) },
  ];
  const places = new Map([place('/x', 'n1', 'n2'), place('/y', 'n3')]);
  const made = new PathAgreement({ peers, places: () => places, clock, logger: silentLogger });
  const pass = async (ms: number): Promise<void> => {
    clock.advance(ms);
    await new Promise(setImmediate);
  };
  return { made, arranged, pass, clock };
}

test('what the others have settled is taken over where there is something to settle', async () => {
  const asked: (readonly PathClaim[])[] = [];
  const shared = asPeers(async (claims) => {
    asked.push(claims);
    return [claim('/x', 'n2'), claim('/y', 'n9'), claim('/x', 'n1'), claim('/y', 'n3')];
  });
  const { made, arranged, pass, clock } = agreement(() => [shared]);
  made.start();
  await pass(0);
  assert.deepEqual(asked, [[claim('/x', 'n1'), claim('/x', 'n2'), claim('/y', 'n3')]]);
  assert.deepEqual(arranged, ['/x: n2,n1']);
  assert.equal(clock.waiting, 0, 'settled until the flows are started again');
});

test('a history that can not be asked is asked again, also while it is being opened', async () => {
  let state: 'opening' | 'away' | 'open' = 'opening';
  let asked = 0;
  const shared = asPeers((claims) => {
    asked++;
    return state === 'away' ? Promise.reject(new Error('away')) : Promise.resolve(claims);
  });
  const { made, arranged, pass } = agreement(() => [state === 'opening' ? null : shared]);
  made.start();
  await pass(0);
  assert.equal(asked, 0);
  state = 'away';
  await pass(1000);
  assert.deepEqual([asked, arranged], [1, []]);
  state = 'open';
  await pass(1000);
  assert.deepEqual([asked, arranged], [2, ['/x: n1,n2']]);
});

test('an answer that comes when the flows have stopped changes nothing', async () => {
  let answer: (order: readonly PathClaim[]) => void = () => undefined;
  const shared = asPeers(() => new Promise((resolve) => (answer = resolve)));
  const { made, arranged, pass, clock } = agreement(() => [shared, null]);
  made.start();
  await pass(0);
  made.stop();
  answer([claim('/x', 'n2'), claim('/x', 'n1')]);
  await pass(0);
  assert.deepEqual(arranged, []);
  assert.equal(clock.waiting, 0, 'nor is anybody asked again');
});

import assert from 'node:assert/strict';
import test from 'node:test';
import { Quarantine } from '../../../src/delivery/quarantine';
import { createFakeClock } from '../../support/fake-clock';

interface Bench {
  readonly quarantine: Quarantine;
  readonly clock: ReturnType<typeof createFakeClock>;
  /** What was let in, and each time that all may go on. */
  readonly log: string[];
  /** A worker with that many things that are to be alone; each is ended by `quarantine.left()`. */
  worker(name: string, things?: number): { takeAlone(): Promise<void> };
}

function bench(): Bench {
  const log: string[] = [];
  const clock = createFakeClock(0);
  const quarantine = new Quarantine(clock, () => log.push('open'));
  const worker: Bench['worker'] = (name, things = 1) => {
    let left = things;
    const self = {
      takeAlone: (): Promise<void> => {
        log.push(name);
        quarantine.entered();
        if (--left > 0) quarantine.request(self);
        return Promise.resolve();
      },
    };
    return self;
  };
  return { quarantine, clock, log, worker };
}

const turn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

test('one that is to be alone waits for what is in hand, and all others wait for it', async () => {
  const { quarantine, log, worker } = bench();
  quarantine.entered(2);
  quarantine.request(worker('suspect'));
  assert.equal(quarantine.isOpen, false, 'nothing new is handed over');
  quarantine.left();
  assert.deepEqual(log, []);
  quarantine.left();
  await turn();
  assert.deepEqual(log, ['suspect']);
  assert.equal(quarantine.isOpen, false, 'while it is in the flow');
  quarantine.left();
  assert.deepEqual(log, ['suspect', 'open']);
  assert.equal(quarantine.isOpen, true);
});

test('several follow each other, with nothing between them', async () => {
  const { quarantine, log, worker } = bench();
  quarantine.request(worker('a', 2));
  quarantine.request(worker('b'));
  for (let n = 0; n < 3; n++) {
    await turn();
    assert.equal(log.length, n + 1);
    quarantine.left();
  }
  assert.deepEqual(log, ['a', 'a', 'b', 'open']);
});

test('a worker that finds nothing to take holds up nobody', async () => {
  const { quarantine, log } = bench();
  quarantine.request({ takeAlone: () => Promise.reject(new Error('the flow is closed')) });
  await turn();
  assert.deepEqual(log, ['open']);
});

test('the patience of the others is bounded, before it and with it', async () => {
  const { quarantine, clock, log, worker } = bench();
  quarantine.entered();
  quarantine.request(worker('suspect'));
  clock.advance(29_999);
  assert.deepEqual(log, []);
  clock.advance(1);
  await turn();
  assert.deepEqual(log, ['suspect']);
  clock.advance(30_000);
  assert.deepEqual(log, ['suspect', 'open']);
  quarantine.left(2);
  assert.deepEqual(log, ['suspect', 'open'], 'its late end opens nothing twice');
});

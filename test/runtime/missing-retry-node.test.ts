import assert from 'node:assert/strict';
import { test } from 'node:test';
import { missingRetryNode } from '../../nodes/shared/runtime/missing-retry-node';
import { FlowWorkers } from '../../nodes/shared/runtime/flow-workers';
import { aFailure, aJob, anAttempt, anEvent } from '../contract/event-store.fixtures';
import { Histories } from '../unit/events/sqlite-harness';

const ENDPOINT = '/hooks/ordered';

test('names the retry node that holds an endpoint up, in whichever store its job is', async (t) => {
  const histories = new Histories();
  t.after(() => histories.end());
  const own = await histories.open();
  const drained = await histories.open({ file: histories.path('old.sqlite') });
  const find = (missing: string): Promise<string | null> =>
    missingRetryNode([own, drained], ENDPOINT, (id) => id === missing);
  assert.equal(await find('gone'), null);
  const event = anEvent({ endpoint: ENDPOINT });
  await drained.accept(event, { handOver: true, dedup: null });
  const job = aJob({ eventId: event.id, eventAttempt: 1, nodeId: 'gone' });
  await drained.park({ job, attempt: aFailure({ kind: 'retry' }) });
  const end = { eventId: event.id, attempt: anAttempt(), reason: null };
  await drained.endAttempt({ ...end, outcome: 'success' });
  assert.equal(await find('gone'), 'gone');
  assert.equal(await find('another'), null);
  await drained.cancelJob(job.id);
  assert.equal(await find('gone'), null);
});

test('in a deploy a node is not missing, only away', () => {
  const workers = new FlowWorkers<any>();
  const worker = {
    open: () => undefined,
    close: () => undefined,
    wake: () => undefined,
    idle: true,
  };
  const node = {};
  workers.attach(
    'retry',
    node,
    () => worker,
    () => undefined,
  );
  workers.start();
  assert.deepEqual(
    ['retry', 'gone'].map((id) => workers.isMissing(id)),
    [false, true],
  );
  workers.stop();
  workers.detach('retry', node);
  assert.equal(workers.isMissing('retry'), false);
  workers.start();
  assert.equal(workers.isMissing('retry'), true);
});

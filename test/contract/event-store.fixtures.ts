import type { AttemptRecord, NewEvent, RetryJob } from '../../src/events/event';
import { newId } from '../../src/shared/ids';

/** A valid event; tests change the one thing that they are about. */
export function anEvent(change: Partial<NewEvent> = {}): NewEvent {
  return {
    id: newId(),
    endpoint: '/hooks/a',
    name: 'hooks_a',
    provider: 'github',
    eventType: 'push',
    deliveryId: null,
    receivedAtMs: 1_000,
    verification: { scheme: 'github', secret: 'current' },
    request: {
      method: 'POST',
      url: '/hooks/a?x=1',
      path: '/hooks/a',
      params: { id: '7' },
      query: { x: '1', list: ['1', '2'] },
      headers: { 'content-type': 'application/json' },
      ip: '127.0.0.1',
    },
    body: Buffer.from('{"n":1}'),
    replayOf: null,
    edited: false,
    test: false,
    ...change,
  };
}

export function anAttempt(change: Partial<AttemptRecord> = {}): AttemptRecord {
  return {
    kind: 'delivery',
    number: 1,
    startedAtMs: 1_000,
    endedAtMs: 1_010,
    outcome: 'success',
    error: null,
    trail: [{ nodeId: 'n1', type: 'change', name: '', atMs: 1, count: 1 }],
    ...change,
  };
}

export const anError = {
  message: 'HTTP 500',
  nodeId: 'n2',
  category: 'SERVER',
  permanent: false,
  retryAfterMs: null,
};

export const aFailure = (change: Partial<AttemptRecord> = {}): AttemptRecord =>
  anAttempt({ outcome: 'failed', error: anError, ...change });

export type ParkedJob = Omit<RetryJob, 'state'> & { state: 'waiting' | 'exhausting' };

export function aJob(change: Partial<ParkedJob> = {}): ParkedJob {
  return {
    id: newId(),
    eventId: null,
    eventAttempt: 1,
    nodeId: 'retry1',
    arrival: 1,
    state: 'waiting',
    attempts: 1,
    firstAttemptAtMs: 1_000,
    dueAtMs: 2_000,
    lastError: anError,
    reason: null,
    message: Buffer.from('a message'),
    ...change,
  };
}

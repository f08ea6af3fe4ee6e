import type { NewEvent } from '../../../src/events/event';
import { newId } from '../../../src/shared/ids';

const BODY = Buffer.from('{"a":1}');

/** An event as it is accepted. */
export function aRequest(endpoint: string, receivedAtMs: number): NewEvent {
  return {
    ...{ id: newId(receivedAtMs), endpoint, name: 'world', provider: 'none', eventType: null },
    ...{ deliveryId: null, receivedAtMs, verification: null, body: BODY },
    ...{ replayOf: null, edited: false, test: false },
    request: {
      ...{ method: 'POST', url: endpoint, path: endpoint, params: {}, query: {} },
      ...{ headers: { 'content-type': 'application/json' }, ip: '127.0.0.1' },
    },
  };
}

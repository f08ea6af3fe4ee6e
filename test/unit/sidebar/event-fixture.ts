import type { EventDetailDto } from '../../../src/history/dto';

/** An event as the admin API gives it; tests change what they are about. */
export function anEventDetail(change: Partial<EventDetailDto> = {}): EventDetailDto {
  const bodyText = change.bodyText === undefined ? '{"n":1}' : change.bodyText;
  return {
    ...{ id: '0190a1b2-0000-7000-8000-000000000000', endpoint: '/hooks/a', name: 'hooks_a' },
    ...{ method: 'POST', path: '/hooks/a', provider: 'none', eventType: null, deliveryId: null },
    ...{ receivedAt: '2026-01-31T12:00:00.000Z', updatedAt: '2026-01-31T12:00:01.000Z' },
    ...{ status: 'success', reason: null, attempt: 1, redelivered: false, conflict: false },
    ...{ repeats: 0, repeatedAt: null },
    ...{ verification: null, replayOf: null, edited: false, test: false },
    ...{ bodyBytes: bodyText?.length ?? 4, bodyBase64: null, attempts: [], jobs: [] },
    request: {
      ...{ method: 'POST', url: '/hooks/a?x=1', path: '/hooks/a', ip: '127.0.0.1' },
      ...{ params: {}, query: { x: '1' }, headers: { 'content-type': 'application/json' } },
    },
    bodyText,
    ...change,
  };
}

import type { EventDetail } from './event-data';

export interface InjectNode {
  readonly [property: string]: unknown;
}

/**
 * An `inject` node that sends what the event's endpoint sent: payload and `msg.req`. Everything is JSON in
 * it, a text too: Node-RED would put the variable in the place of a text such as `${NAME}`.
 */
export function injectNode(event: EventDetail, payload: unknown, name: string): InjectNode {
  const text = event.bodyText ?? event.bodyBase64 ?? '';
  return {
    id: 'webhook-inject',
    type: 'inject',
    name,
    props: [
      { p: 'payload' },
      { p: 'req', v: JSON.stringify(event.request), vt: 'json' },
      { p: 'topic', vt: 'str' },
    ],
    ...{ repeat: '', crontab: '', once: false, onceDelay: 0.1, topic: '' },
    payload: JSON.stringify(payload === undefined ? text : payload),
    payloadType: 'json',
    wires: [[]],
  };
}

import type { NewEvent } from '../../../src/events/event';
import type { WebhooksRuntime } from './webhooks-runtime';

/** Stores an event for the endpoint that serves its path and method, and has it delivered; false: none does. */
export async function redeliver(runtime: WebhooksRuntime, event: NewEvent): Promise<boolean> {
  const dispatcher = runtime.dispatchers
    .attached()
    .find((each) => each.serves(event.endpoint, event.request.method));
  if (dispatcher === undefined) return false;
  await dispatcher.replay(event);
  return true;
}

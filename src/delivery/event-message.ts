import type { NewEvent } from '../events/event';
import { buildMessage } from '../events/message';
import { parsePayload } from '../events/payload';
import type { DispatcherSettings, WaitingSender } from './dispatcher-settings';
import type { FlowMessage } from './flow-hooks';
import type { Ready } from './ready-queue';

/** The message of a hand-over; only the first one has the sender's own response. */
export function eventMessage(
  { event, attempt, redelivered, parsed }: Ready,
  settings: DispatcherSettings,
  waiting: WaitingSender | undefined,
): FlowMessage {
  const { includeRawBody, inertResponse } = settings;
  const payload = parsed === null ? parseEvent(event, settings) : parsed.payload;
  const msg = buildMessage({ ...event, attempt, redelivered }, payload, { includeRawBody });
  const sender = redelivered ? undefined : waiting;
  const res = sender?.handle ?? inertResponse?.();
  return res === undefined ? msg : { ...msg, res };
}

/** The payload, or a promise of it where the content has to be decoded first. */
export function parseEvent(
  { body, request }: Pick<NewEvent, 'body' | 'request'>,
  { maxDecodedBytes }: Pick<DispatcherSettings, 'maxDecodedBytes'>,
): unknown {
  return parsePayload(body, request.headers, { maxDecodedBytes });
}

import type { FilterSubject } from '../../../src/filter/subject';
import { isRecord } from '../../../src/shared/json';

/** Our own messages, those of core's `http in`, and any other: what a message has not is missing. */
export function subjectOf(msg: object): FilterSubject {
  const { req, webhook, payload } = msg as Record<string, unknown>;
  const request = isRecord(req) ? req : {};
  const event = isRecord(webhook) ? webhook : {};
  return {
    path: request.path,
    method: request.method,
    headers: request.headers,
    query: request.query,
    ip: request.ip,
    payload,
    provider: event.provider,
    eventType: event.eventType,
    msg,
  };
}

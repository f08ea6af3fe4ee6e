import { isRecord, parseJson } from '../shared/json';
import type { Accepted } from './event-sink';
import { jsonAnswer, type Answer } from './request';

/** A fixed answer: the provider's own, or what the user configured. */
export interface FixedAck {
  readonly status: number;
  readonly body: string;
  readonly contentType: string;
}

/** Answers that must not have a body (RFC 9110, sections 15.3.5, 15.3.6 and 15.4.5). */
const WITHOUT_BODY: readonly number[] = [204, 205, 304];

/**
 * What the sender gets for an accepted request. The configured status and body win over the
 * provider's; with neither of them it is null: our JSON.
 */
export function fixedAck(
  configured: { readonly status: number | null; readonly body: string },
  provider: FixedAck | null,
): FixedAck | null {
  const { status, body } = configured;
  if (body !== '')
    return { status: status ?? provider?.status ?? 200, body, contentType: typeOf(body) };
  if (status === null) return provider;
  if (provider !== null) return { ...provider, status };
  return WITHOUT_BODY.includes(status) ? { status, body: '', contentType: '' } : null;
}

function typeOf(body: string): string {
  const value = parseJson(body);
  return isRecord(value) || Array.isArray(value) ? 'application/json' : 'text/plain; charset=utf-8';
}

/** The answer for an event that is stored, or was before. `status` is for our own JSON. */
export function acknowledge(
  accepted: Accepted,
  fixed: FixedAck | null,
  status: number,
  receivedAtMs: number,
): Answer {
  if (fixed !== null) return fixedAnswer(fixed);
  // Ids and times hold no character that JSON would escape.
  const { kind, eventId } = accepted;
  return kind !== 'received'
    ? jsonAnswer(status, `{"status":"duplicate","event_id":"${eventId}"}`)
    : jsonAnswer(
        status,
        `{"status":"received","event_id":"${eventId}","timestamp":"${new Date(receivedAtMs).toISOString()}"}`,
      );
}

function fixedAnswer({ status, body, contentType }: FixedAck): Answer {
  if (WITHOUT_BODY.includes(status)) return { status, headers: {}, body: '' };
  return { status, headers: contentType === '' ? {} : { 'content-type': contentType }, body };
}

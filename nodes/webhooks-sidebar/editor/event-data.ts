import type { EventDetailDto } from '../../../src/history/dto';

export type EventDetail = EventDetailDto;

/** What stands in the place of a header, or a part of a URL, that was removed before the event was stored. */
export const REDACTED = '[redacted]';

const LARGEST_TREE = 1_000_000;

/** The body as JSON, where it is JSON of a size that can be shown; undefined: show it as text. */
export function parsedBody({ bodyText }: EventDetail): unknown {
  if (bodyText === null || bodyText.length > LARGEST_TREE || !/^\s*[[{]/.test(bodyText)) return;
  try {
    return JSON.parse(bodyText) as unknown;
  } catch {
    return undefined;
  }
}

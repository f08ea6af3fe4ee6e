import type { EventDto } from '../../../src/history/dto';
import type { QueryConditions } from '../../../src/history/query-text';
import { said } from '../../shared/editor/said';
import { button, el } from './dom';
import { byteSize, fullTime } from './format';
import { t } from './red-editor';

export interface SummaryLinks {
  readonly onOpen: (eventId: string) => void;
  readonly onQuery: (conditions: QueryConditions) => void;
}

/** What is known of an event besides its payload: names and values. */
export function eventSummary(event: EventDto, links: SummaryLinks): HTMLElement {
  const { method, path, receivedAt, endpoint, provider, deliveryId, verification } = event;
  const entries: [string, string | HTMLElement | null][] = [
    ['reason', event.reason === null ? null : said(event.reason)],
    ['request', el('code', { text: `${method} ${path}` })],
    ['received', fullTime(receivedAt)],
    ['repeats', repeatsText(event)],
    ['conflict', event.conflict ? t('mark.conflictTitle') : null],
    [
      'endpoint',
      link(event.name === '' ? endpoint : event.name, () => links.onQuery({ endpoint })),
    ],
    ['provider', provider === 'none' ? null : provider],
    ['deliveryId', deliveryId],
    ['verified', verifiedText(verification)],
    ['size', byteSize(event.bodyBytes)],
    ['attempt', String(event.attempt)],
    ['id', el('code', { text: event.id })],
    ['replayOf', originLink(event, links)],
  ];
  const list = el('dl', { class: 'aw-summary' });
  for (const [name, value] of entries) {
    if (value === null || value === '') continue;
    list.append(el('dt', { text: t(`event.${name}`) }), el('dd', {}, value));
  }
  return list;
}

function repeatsText({ repeats, repeatedAt }: EventDto): string | null {
  if (repeatedAt === null) return null;
  return t('event.repeated', { n: repeats + 1, time: fullTime(repeatedAt) });
}

function verifiedText(verification: EventDto['verification']): string {
  if (verification === null) return t('event.notVerified');
  return t(
    verification.secret === 'previous' ? 'event.verifiedPrevious' : 'event.verifiedCurrent',
    {
      scheme: verification.scheme,
    },
  );
}

function originLink({ replayOf }: EventDto, { onOpen }: SummaryLinks): HTMLElement | null {
  return replayOf === null ? null : link(t('event.openOriginal'), () => onOpen(replayOf));
}

function link(text: string, onclick: () => void): HTMLElement {
  const made = button(text, onclick);
  made.classList.add('aw-link');
  return made;
}

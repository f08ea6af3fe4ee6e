import type { EventDto } from '../../../src/history/dto';
import { said } from '../../shared/editor/said';
import { badge, el } from './dom';
import { shortTime } from './format';
import { t } from './red-editor';

/** Pixels; as in the style sheet. */
export const EVENT_ROW_HEIGHT = 44;

/** Two lines of an event in a list. */
export function fillEventRow(row: HTMLElement, event: EventDto): void {
  row.append(
    el(
      'div',
      { class: 'aw-row-line' },
      badge(event.status, t(`status.${event.status}`)),
      el('span', { class: 'aw-row-title', text: event.eventType ?? event.method }),
      ...marksOf(event),
      el('time', { text: shortTime(event.receivedAt, Date.now()) }),
    ),
    el(
      'div',
      { class: 'aw-row-line aw-row-more' },
      el('span', { class: 'aw-row-path', text: event.path }),
      el('span', { class: 'aw-row-reason', text: reasonOf(event) }),
    ),
  );
}

export function marksOf(event: EventDto): HTMLElement[] {
  const marks = [
    ['test', event.test],
    ['edited', event.edited],
    ['replay', event.replayOf !== null],
    ['conflict', event.conflict],
  ] as const;
  const shown = marks.filter(([, isSet]) => isSet).map(([name]) => mark(name));
  if (event.repeats > 0) shown.push(mark('repeats', event.repeats + 1));
  return shown;
}

function mark(name: string, n = 0): HTMLElement {
  const [text, title] = [t(`mark.${name}`, { n }), t(`mark.${name}Title`, { n })];
  return el('span', { class: 'aw-mark', text, title });
}

function reasonOf({ reason, attempt }: EventDto): string {
  if (reason !== null) return said(reason);
  return attempt > 1 ? t('event.attempts', { n: attempt }) : '';
}

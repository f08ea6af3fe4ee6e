import { ApiProblem, apiGet } from '../../shared/editor/admin-api';
import { mayWrite } from '../../shared/editor/permission';
import type { EventDto } from '../../../src/history/dto';
import { attemptTimeline } from './attempt-timeline';
import { badge, button, el, iconButton, notice } from './dom';
import { EventActions } from './event-actions';
import type { EventDetail } from './event-data';
import { marksOf } from './event-row';
import { eventSummary, type SummaryLinks } from './event-summary';
import { jobRow } from './job-row';
import { headerTable, payloadView } from './payload-view';
import { problemText } from './problem-text';
import { t } from './red-editor';
import { Section } from './section';
import { lightsOut } from './trail-lights';

export interface EventDetailOptions extends SummaryLinks {
  readonly onClose: () => void;
}

/** One event in full. What never changes of it is drawn once; the rest again when something has changed. */
export class EventDetailView {
  readonly element = el('aside', { class: 'aw-detail', hidden: true, label: t('event.label') });
  readonly #options: EventDetailOptions;
  readonly #head = el('div', { class: 'aw-detail-head' });
  readonly #summary = el('div');
  readonly #body = el('div', { class: 'aw-detail-body', tabindex: -1 });
  #actions: EventActions | null = null;
  #attempts: Section | null = null;
  #jobs: Section | null = null;
  #id: string | null = null;
  #shownId: string | null = null;

  constructor(options: EventDetailOptions) {
    this.#options = options;
    this.element.append(this.#head, this.#body);
    this.element.addEventListener('keydown', (event) => {
      if (event.key !== 'Escape') return;
      event.stopPropagation();
      options.onClose();
    });
  }

  isOf(ids: readonly string[]): boolean {
    return this.#id !== null && ids.includes(this.#id);
  }

  focus(): void {
    this.#head.querySelector('button')?.focus();
  }

  /** Shows what the list has of it at once, and the rest when it has come. */
  async open(id: string, known: EventDto | undefined): Promise<void> {
    this.#id = id;
    this.#shownId = null;
    this.element.hidden = false;
    this.#body.scrollTop = 0;
    this.#body.replaceChildren(this.#summary);
    this.#summary.replaceChildren();
    if (known === undefined) this.#showHead(null);
    else this.#showSummary(known);
    if (mayWrite()) {
      this.#body.append(notice('loading', t('event.loading')));
      await this.refresh();
    } else
      this.#body.append(
        notice('empty', t('event.noPayload'), el('p', { text: t('event.noPayloadHint') })),
      );
  }

  close(): void {
    this.#id = null;
    this.#shownId = null;
    this.element.hidden = true;
    lightsOut();
  }

  async refresh(): Promise<void> {
    const id = this.#id;
    if (id === null || !mayWrite()) return;
    try {
      const event = await apiGet<EventDetail>(`/events/${id}`);
      if (id === this.#id) this.#show(event);
    } catch (thrown) {
      if (id === this.#id) this.#showProblem(thrown);
    }
  }

  #showProblem(thrown: unknown): void {
    this.#shownId = null;
    const isGone = thrown instanceof ApiProblem && thrown.status === 404;
    const again = button(t('list.again'), () => void this.refresh());
    const text = el('p', { text: isGone ? t('event.goneHint') : problemText(thrown) });
    const title = t(isGone ? 'event.gone' : 'event.failed');
    this.#body.replaceChildren(this.#summary, notice('error', title, text, isGone ? null : again));
  }

  #show(event: EventDetail): void {
    if (this.#shownId !== event.id) this.#build(event);
    this.#shownId = event.id;
    this.#showSummary(event);
    this.#actions?.update(event);
    this.#attempts?.show(String(event.attempts.length), attemptTimeline(event.attempts));
    const changed = { onEvent: null, onChanged: () => void this.refresh() };
    const jobs = event.jobs.map((job) => jobRow(job, changed));
    if (this.#jobs === null) return;
    this.#jobs.element.hidden = jobs.length === 0;
    this.#jobs.show(String(jobs.length), el('ul', { class: 'aw-jobs' }, ...jobs));
  }

  #build(event: EventDetail): void {
    const { headers, query, params } = event.request;
    this.#actions = new EventActions(event, {
      onReplayed: (id) => this.#options.onOpen(id),
      onChanged: () => void this.refresh(),
    });
    const payload = new Section(t('event.payload'));
    payload.show('', payloadView(event));
    const headerSection = new Section(t('event.headers'), { isOpen: false });
    headerSection.show(String(Object.keys(headers).length), headerTable(headers));
    this.#attempts = new Section(t('event.attempts_title'));
    this.#jobs = new Section(t('event.jobs'));
    const sections = [payload, this.#attempts, this.#jobs, headerSection];
    const parameters = { ...params, ...flat(query) };
    if (Object.keys(parameters).length > 0) {
      const section = new Section(t('event.parameters'), { isOpen: false });
      section.show(String(Object.keys(parameters).length), headerTable(parameters));
      sections.push(section);
    }
    this.#body.replaceChildren(
      this.#actions.element,
      this.#summary,
      ...sections.map(({ element }) => element),
    );
  }

  #showSummary(event: EventDto): void {
    this.#showHead(event);
    this.#summary.replaceChildren(eventSummary(event, this.#options));
  }

  /** The button stays the same element: it may have the focus. */
  #showHead(event: EventDto | null): void {
    if (this.#head.firstElementChild === null) {
      const close = iconButton('fa-arrow-left', t('event.close'), () => this.#options.onClose());
      close.classList.add('aw-close');
      this.#head.append(close);
    }
    const [close] = this.#head.children;
    const shown =
      event === null
        ? []
        : [
            el('h3', { text: event.eventType ?? event.method }),
            badge(event.status, t(`status.${event.status}`)),
            ...marksOf(event),
          ];
    this.#head.replaceChildren(...(close === undefined ? [] : [close]), ...shown);
  }
}

function flat(query: EventDetail['request']['query']): Record<string, string> {
  const entries = Object.entries(query).map(([name, value]) => [
    name,
    typeof value === 'string' ? value : value.join(', '),
  ]);
  return Object.fromEntries(entries) as Record<string, string>;
}

import { FINAL_STATUSES, type EventStatus } from '../../../src/events/states';
import type { HistoryChanges } from '../../../src/history/change-feed';
import type { QueryConditions } from '../../../src/history/query-text';
import { mayWrite } from '../../shared/editor/permission';
import { button, el, notice } from './dom';
import { EventDetailView } from './event-detail';
import { EventFeed } from './event-feed';
import { EVENT_ROW_HEIGHT, fillEventRow } from './event-row';
import { gettingStarted } from './getting-started';
import type { Endpoints } from './endpoints';
import { problemText } from './problem-text';
import { QueryBar } from './query-bar';
import { t } from './red-editor';
import { ReplayMany } from './replay-many';
import { VirtualList } from './virtual-list';

const NEWEST_EVERY_MS = 700;
/** A search reads the events one by one. */
const SEARCH_EVERY_MS = 3000;
const AFTER_SCROLL_MS = 250;

/** The list of events with its query, and beside or above it the one that is opened. */
export class EventsView {
  readonly element: HTMLElement;
  readonly #bar: QueryBar;
  readonly #feed: EventFeed;
  readonly #list: VirtualList;
  readonly #notice = el('div', { class: 'aw-notices' });
  readonly #newer: HTMLButtonElement;
  readonly #detail: EventDetailView;
  readonly #many: ReplayMany;
  readonly #endpoints: Endpoints;
  /** Changed, but out of sight when that was told. */
  readonly #stale = new Set<string>();
  #newestAtMs = 0;
  #timer: number | null = null;
  #scrollTimer: number | null = null;

  constructor(endpoints: Endpoints) {
    this.#endpoints = endpoints;
    this.#feed = new EventFeed((added) => this.#draw(added));
    this.#bar = new QueryBar({
      onQuery: (conditions) => this.#query(conditions),
      endpoints: () => endpoints.all.map(({ endpoint }) => endpoint),
      mayUseText: mayWrite(),
    });
    this.#many = new ReplayMany(() => this.#bar.conditions);
    this.#list = this.#makeList();
    this.#newer = button(t('list.newer'), () => this.#showNewest(), { icon: 'fa-arrow-up' });
    this.#newer.classList.add('aw-newer');
    this.#newer.hidden = true;
    this.#detail = new EventDetailView({
      onClose: () => this.#close(),
      onOpen: (id) => void this.open(id),
      onQuery: (conditions) => this.query(conditions),
    });
    this.element = el(
      'div',
      { class: 'aw-events' },
      el(
        'div',
        { class: 'aw-events-list' },
        this.#bar.element,
        this.#many.element,
        el('div', { class: 'aw-list-frame' }, this.#newer, this.#notice, this.#list.element),
      ),
      this.#detail.element,
    );
  }

  /** Asks for everything again: at the start, when it comes into sight, after a lost connection. */
  refresh(): void {
    void this.#many.find();
    if (this.#feed.rows.length === 0) void this.#feed.load(this.#bar.conditions);
    else {
      void this.#feed.newest(this.#list.isAtTop);
      void this.#updateInSight(() => true);
    }
    void this.#detail.refresh();
  }

  query(conditions: QueryConditions): void {
    this.#bar.set(conditions);
    this.#close();
  }

  async open(id: string): Promise<void> {
    this.element.classList.add('aw-has-detail');
    this.#list.opened = rowId(id);
    const place = this.#feed.rows.placeOf(id);
    await this.#detail.open(id, place === undefined ? undefined : this.#feed.rows.at(place));
  }

  changed({ events, more }: HistoryChanges): void {
    const { rows } = this.#feed;
    const isNew = (id: string): boolean => !rows.has(id) && id > (rows.newest?.id ?? '');
    for (const id of events) if (rows.has(id)) this.#stale.add(id);
    void this.#updateInSight((id) => more || this.#stale.has(id));
    if (more || events.some(isNew)) this.#newestSoon();
    if (this.#detail.isOf(events) || more) void this.#detail.refresh();
  }

  /** What is said while there is no event speaks of them. */
  endpointsChanged(): void {
    if (this.#feed.phase === 'ready') this.#draw(0);
  }

  #makeList(): VirtualList {
    const { rows } = this.#feed;
    return new VirtualList({
      label: t('list.label'),
      rowHeight: EVENT_ROW_HEIGHT,
      idOf: (place) => rowId(rows.at(place)?.id ?? ''),
      versionOf: (place) => rows.at(place),
      fill: (row, place) => {
        const event = rows.at(place);
        if (event !== undefined) fillEventRow(row, event);
      },
      onOpen: (place) => {
        const event = rows.at(place);
        if (event !== undefined) void this.open(event.id).then(() => this.#detail.focus());
      },
      onEnd: () => {
        if (!this.#feed.isPaused) void this.#feed.more();
      },
      onScroll: () => this.#scrolled(),
    });
  }

  #query(conditions: QueryConditions): void {
    this.#list.toTop();
    this.#many.close();
    void this.#feed.load(conditions);
  }

  #close(): void {
    this.element.classList.remove('aw-has-detail');
    this.#list.opened = null;
    this.#detail.close();
    this.#list.element.focus();
    // Beside a narrow detail nothing of the list was in sight.
    void this.#updateInSight((id) => this.#stale.has(id));
  }

  #showNewest(): void {
    this.#list.toTop();
    void this.#feed.newest(true);
    this.#list.element.focus();
  }

  /** Not more often than it is worth: what comes is told twice a second. */
  #newestSoon(): void {
    if (this.#timer !== null) return;
    const every = this.#bar.conditions.text === undefined ? NEWEST_EVERY_MS : SEARCH_EVERY_MS;
    const waitMs = Math.max(0, this.#newestAtMs + every - Date.now());
    this.#timer = window.setTimeout(() => {
      this.#timer = null;
      this.#newestAtMs = Date.now();
      void this.#feed.newest(this.#list.isAtTop);
    }, waitMs);
  }

  #scrolled(): void {
    if (this.#scrollTimer !== null) window.clearTimeout(this.#scrollTimer);
    this.#scrollTimer = window.setTimeout(() => {
      this.#scrollTimer = null;
      const isOpen = (status: string): boolean => !FINAL_STATUSES.includes(status as EventStatus);
      void this.#updateInSight((id, status) => this.#stale.has(id) || isOpen(status));
      if (this.#feed.hasNewer && this.#list.isAtTop) void this.#feed.newest(true);
    }, AFTER_SCROLL_MS);
  }

  async #updateInSight(isMeant: (id: string, status: string) => boolean): Promise<void> {
    const [first, last] = this.#list.inSight;
    const ids: string[] = [];
    for (let place = first; place <= last; place++) {
      const event = this.#feed.rows.at(place);
      if (event !== undefined && isMeant(event.id, event.status)) ids.push(event.id);
    }
    for (const id of ids) this.#stale.delete(id);
    // What can't be asked now is asked when it changes again, or when the connection is back.
    await this.#feed.update(ids).catch(() => undefined);
  }

  #draw(added: number): void {
    const { rows, phase, hasNewer } = this.#feed;
    this.#newer.hidden = !hasNewer;
    this.#list.end = this.#endOfList();
    const shown = this.#noticeOf();
    this.#notice.replaceChildren(...(shown === null ? [] : [shown]));
    this.#notice.hidden = shown === null;
    this.#list.element.hidden = shown !== null;
    this.#list.show(phase === 'ready' ? rows.length : 0, added);
  }

  #noticeOf(): HTMLElement | null {
    const { rows, phase, problem, isAsking, isPaused } = this.#feed;
    if (phase === 'loading') return notice('loading', t('list.loading'));
    if (phase === 'failed') {
      const again = button(t('list.again'), () => void this.#feed.load(this.#bar.conditions));
      return notice('error', t('list.failed'), el('p', { text: problemText(problem) }), again);
    }
    if (rows.length > 0) return null;
    if (isAsking) return notice('loading', t('list.searching'));
    if (isPaused) return notice('empty', t('list.nothingYet'), this.#goOn());
    if (Object.keys(this.#bar.conditions).length === 0) return gettingStarted(this.#endpoints.all);
    const all = button(t('list.showAll'), () => this.query({}));
    return notice('empty', t('list.noMatch'), el('p', { text: t('list.noMatchHint') }), all);
  }

  #endOfList(): HTMLElement | null {
    const { rows, isAsking, isPaused, problem } = this.#feed;
    if (rows.length === 0 || rows.next === null) return null;
    if (isAsking) return el('span', { text: t('list.more') });
    if (!isPaused) return null;
    const why = problem === null ? '' : problemText(problem);
    return el('span', {}, why, this.#goOn());
  }

  #goOn(): HTMLButtonElement {
    return button(t('list.goOn'), () => void this.#feed.more());
  }
}

function rowId(eventId: string): string {
  return `apilinker-webhooks-row-${eventId}`;
}

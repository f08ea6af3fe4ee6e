import { CHANGES_TOPIC, type HistoryChanges } from '../../../src/history/change-feed';
import { el } from './dom';
import { Endpoints } from './endpoints';
import { EndpointsView } from './endpoints-view';
import { EventsView } from './events-view';
import { JobsView } from './jobs-view';
import { RED, t } from './red-editor';
import { RejectionsView } from './rejections-view';

const VIEWS = ['events', 'endpoints', 'jobs', 'rejections'] as const;
type ViewName = (typeof VIEWS)[number];

/** From this width on an event stands beside the list. Pixels. */
const WIDE = 620;
/** The chart and the health of endpoints need not be newer. */
const ENDPOINTS_EVERY_MS = 5000;

/** The whole of the tab: four views, of which one is seen, kept up to date while it is seen. */
export class Sidebar {
  readonly element = el('div', { class: 'aw-root' });
  readonly #endpoints = new Endpoints();
  readonly #events = new EventsView(this.#endpoints);
  readonly #endpointsView = new EndpointsView(this.#endpoints, (conditions) => {
    this.#events.query(conditions);
    this.show('events');
  });
  readonly #jobs = new JobsView((id) => this.openEvent(id));
  readonly #rejections = new RejectionsView();
  readonly #tabs = new Map<ViewName, HTMLButtonElement>();
  #view: ViewName = 'events';
  #isSeen = false;
  #endpointsTimer: number | null = null;

  constructor() {
    const tabs = VIEWS.map((name) => this.#tab(name));
    const list = el('div', { class: 'aw-tabs', role: 'tablist', label: t('tabs.label') }, ...tabs);
    list.addEventListener('keydown', (event) => this.#tabKey(event));
    this.element.append(list, ...VIEWS.map((name) => this.#panel(name)));
    this.show('events');
    new ResizeObserver(() => this.#resized()).observe(this.element);
    document.addEventListener('visibilitychange', () => this.#seen());
    RED.comms.subscribe(CHANGES_TOPIC, (_topic, changes) =>
      this.#changed(changes as HistoryChanges),
    );
    // What was told meanwhile is lost.
    RED.comms.on('connect', () => this.refresh());
  }

  show(name: ViewName): void {
    this.#view = name;
    for (const [each, tab] of this.#tabs) {
      const isShown = each === name;
      tab.setAttribute('aria-selected', String(isShown));
      tab.tabIndex = isShown ? 0 : -1;
      this.#viewOf(each).element.hidden = !isShown;
    }
    if (name !== 'endpoints') this.#endpointsView.hide();
    this.refresh();
  }

  /** For who came by the keyboard: on the tab of the view that is seen. */
  focus(): void {
    this.#tabs.get(this.#view)?.focus();
  }

  /** What is seen, as it is now. */
  refresh(): void {
    if (!this.#isSeen) return;
    if (this.#view !== 'endpoints' && this.#view !== 'events')
      void this.#viewOf(this.#view).refresh();
    else if (this.#view === 'endpoints') void this.#endpointsView.refresh();
    else {
      // The first line of help names the endpoints.
      const known = this.#endpoints.load().catch(() => undefined);
      void known.then(() => this.#events.refresh());
    }
  }

  /** Shows one event, whichever view there is. */
  openEvent(id: string): void {
    this.show('events');
    void this.#events.open(id);
  }

  #changed(changes: HistoryChanges): void {
    if (!this.#isSeen) return;
    if (changes.endpoints) void this.#endpointsChanged();
    if (this.#view === 'events') this.#events.changed(changes);
    else if (this.#view === 'jobs' && changes.jobs) void this.#jobs.refresh();
    else if (this.#view === 'rejections' && changes.rejections) void this.#rejections.refresh();
    else if (this.#view === 'endpoints') this.#endpointsSoon();
  }

  /** Flows were started. What helps to begin names the first endpoint, and the view of them has them all. */
  async #endpointsChanged(): Promise<void> {
    await this.#endpoints.load().catch(() => undefined);
    if (this.#view === 'events') this.#events.endpointsChanged();
    else if (this.#view === 'endpoints') this.#endpointsSoon();
  }

  #endpointsSoon(): void {
    this.#endpointsTimer ??= window.setTimeout(() => {
      this.#endpointsTimer = null;
      if (this.#isSeen && this.#view === 'endpoints') void this.#endpointsView.refresh();
    }, ENDPOINTS_EVERY_MS);
  }

  #resized(): void {
    this.element.classList.toggle('aw-wide', this.element.clientWidth >= WIDE);
    this.#seen();
  }

  /** The tab came into sight, or went out of it: in Node-RED, or with the whole page. */
  #seen(): void {
    const isSeen = this.element.clientWidth > 0 && !document.hidden;
    const came = isSeen && !this.#isSeen;
    this.#isSeen = isSeen;
    if (came) this.refresh();
    else if (!isSeen) this.#endpointsView.hide();
  }

  #viewOf(name: ViewName): { readonly element: HTMLElement; refresh(): unknown } {
    const views = {
      events: this.#events,
      endpoints: this.#endpointsView,
      jobs: this.#jobs,
      rejections: this.#rejections,
    };
    return views[name];
  }

  #tab(name: ViewName): HTMLButtonElement {
    const tab = el('button', {
      type: 'button',
      role: 'tab',
      id: `apilinker-webhooks-tab-${name}`,
      class: 'aw-tab',
      text: t(`tabs.${name}`),
      aria: { controls: `apilinker-webhooks-${name}` },
      onclick: () => this.show(name),
    });
    this.#tabs.set(name, tab);
    return tab;
  }

  #panel(name: ViewName): HTMLElement {
    const { element } = this.#viewOf(name);
    element.id = `apilinker-webhooks-${name}`;
    element.setAttribute('role', 'tabpanel');
    element.setAttribute('aria-labelledby', `apilinker-webhooks-tab-${name}`);
    return element;
  }

  #tabKey(event: KeyboardEvent): void {
    const by = { ArrowRight: 1, ArrowLeft: VIEWS.length - 1 }[event.key];
    if (by === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    const name = VIEWS[(VIEWS.indexOf(this.#view) + by) % VIEWS.length] ?? 'events';
    this.show(name);
    this.#tabs.get(name)?.focus();
  }
}

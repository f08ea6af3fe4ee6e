import type { QueryConditions } from '../../../src/history/query-text';
import { ActivityChart, together } from './activity-chart';
import { badge, button, el, notice } from './dom';
import type { EndpointInfo, Endpoints } from './endpoints';
import { count } from './format';
import { gettingStarted } from './getting-started';
import { healthOf, sum } from './health';
import { problemText } from './problem-text';
import { RED, t } from './red-editor';

/** How the endpoints do: a chart of the last hour, of all or of one, and a line for each. */
export class EndpointsView {
  readonly element: HTMLElement;
  readonly #endpoints: Endpoints;
  readonly #onQuery: (conditions: QueryConditions) => void;
  readonly #chart = new ActivityChart();
  readonly #title = el('h3', { class: 'aw-chart-title' });
  readonly #list = el('ul', { class: 'aw-endpoints' });
  #chosen: string | null = null;

  constructor(endpoints: Endpoints, onQuery: (conditions: QueryConditions) => void) {
    this.#endpoints = endpoints;
    this.#onQuery = onQuery;
    this.element = el('div', { class: 'aw-scroll' });
    this.element.append(notice('loading', t('list.loading')));
  }

  async refresh(): Promise<void> {
    try {
      await Promise.all([this.#endpoints.load(), this.#endpoints.loadActivity()]);
      this.#draw();
    } catch (thrown) {
      const again = button(t('list.again'), () => void this.refresh());
      const why = el('p', { text: problemText(thrown) });
      this.hide();
      this.element.replaceChildren(notice('error', t('endpoints.failed'), why, again));
    }
  }

  /** Nobody looks: the chart is drawn again when somebody does. */
  hide(): void {
    this.#chart.hide();
  }

  #draw(): void {
    const { all, activity } = this.#endpoints;
    if (all.length === 0) {
      this.hide();
      return this.element.replaceChildren(gettingStarted(all));
    }
    if (activity === null) return;
    const chosen = all.find(({ endpoint }) => endpoint === this.#chosen);
    const counted = activity.endpoints.filter(
      ({ endpoint }) => chosen === undefined || endpoint === chosen.endpoint,
    );
    this.#chart.show(activity, together(counted, activity.minutes));
    this.#title.textContent = chosen?.path ?? t('endpoints.all');
    const focused = [...this.#list.querySelectorAll('button')].findIndex(
      (each) => each === document.activeElement,
    );
    this.#list.replaceChildren(...all.map((each) => this.#item(each)));
    if (focused !== -1) this.#list.querySelectorAll('button')[focused]?.focus();
    if (!this.element.contains(this.#list)) {
      this.element.replaceChildren(this.#title, this.#chart.element, this.#list);
    }
  }

  #item(info: EndpointInfo): HTMLElement {
    const { endpoint, path, name, methods, nodeId, enabled } = info;
    const activity = this.#endpoints.activityOf(endpoint);
    const status = RED.nodes.node(nodeId)?.status;
    const problem = status?.fill === 'red' ? (status.text ?? '') : '';
    const health = healthOf({ enabled, hasProblem: problem !== '', activity });
    const isChosen = endpoint === this.#chosen;
    const choose = el(
      'button',
      {
        type: 'button',
        class: 'aw-endpoint',
        title: t('endpoints.choose'),
        aria: { pressed: String(isChosen) },
        onclick: () => {
          this.#chosen = isChosen ? null : endpoint;
          this.#draw();
        },
      },
      badge(health, t(`health.${health}`)),
      el('span', { class: 'aw-row-title', text: name }),
      el('span', { class: 'aw-row-path', text: `${methods.join(', ')} ${path}` }),
    );
    return el(
      'li',
      { class: isChosen ? 'aw-chosen' : '' },
      choose,
      problem !== '' && el('p', { class: 'aw-warning', text: problem }),
      el(
        'div',
        { class: 'aw-row-line' },
        el('span', { class: 'aw-hint', text: this.#numbers(endpoint) }),
        el(
          'span',
          { class: 'aw-actions' },
          button(t('endpoints.events'), () => this.#onQuery({ endpoint }), { icon: 'fa-list' }),
          button(t('endpoints.node'), () => RED.view.reveal(nodeId), { icon: 'fa-crosshairs' }),
        ),
      ),
    );
  }

  #numbers(endpoint: string): string {
    const activity = this.#endpoints.activityOf(endpoint);
    if (activity === undefined) return t('endpoints.quiet');
    return t('endpoints.numbers', {
      received: count(sum(activity.received)),
      failed: count(sum(activity.failed)),
      rejected: count(sum(activity.rejected)),
    });
  }
}

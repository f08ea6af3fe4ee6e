import type { ReplayRunDto } from '../../../src/history/replay-runs';
import type { QueryConditions } from '../../../src/history/query-text';
import { apiGet, apiPost } from '../../shared/editor/admin-api';
import { mayWrite } from '../../shared/editor/permission';
import { badge, button, el } from './dom';
import { count } from './format';
import { problemText } from './problem-text';
import { t } from './red-editor';

const LOOK_EVERY_MS = 1000;

/** Replays all events that match the query: how many first, at what rate, how far it is, and a stop. */
export class ReplayMany {
  readonly element = el('div', { class: 'aw-many' });
  readonly #conditions: () => QueryConditions;
  readonly #open: HTMLButtonElement;
  readonly #panel = el('div', { class: 'aw-panel', hidden: true, role: 'group' });
  #run: ReplayRunDto | null = null;
  #timer: number | null = null;

  constructor(conditions: () => QueryConditions) {
    this.#conditions = conditions;
    this.#open = button(t('many.open'), () => void this.#ask(), { icon: 'fa-repeat' });
    this.#panel.setAttribute('aria-label', t('many.open'));
    this.element.append(el('div', { class: 'aw-actions' }, this.#open), this.#panel);
    this.#showButton();
  }

  /** One that somebody started before, and that still runs. */
  async find(): Promise<void> {
    if (this.#run?.state === 'running') return this.#look();
    const { replays } = await apiGet<{ replays: ReplayRunDto[] }>('/replays').catch(() => ({
      replays: [],
    }));
    const running = replays.find(({ state }) => state === 'running');
    if (running !== undefined) this.#showRun(running);
  }

  /** The query is another one now. A run goes on. */
  close(): void {
    if (this.#run === null) this.#panel.hidden = true;
    this.#showButton();
  }

  #showButton(): void {
    const hasQuery = Object.keys(this.#conditions()).length > 0;
    this.#open.hidden = !mayWrite() || !hasQuery || !this.#panel.hidden;
    this.element.hidden = this.#open.hidden && this.#panel.hidden;
  }

  async #ask(): Promise<void> {
    const query = this.#conditions();
    this.#show(el('p', { class: 'aw-hint', text: t('many.counting') }));
    try {
      const found = await apiPost<{ count: number; more: boolean }>('/events/count', { query });
      this.#showForm(query, found);
    } catch (thrown) {
      this.#showProblem(thrown);
    }
  }

  #showForm(query: QueryConditions, found: { count: number; more: boolean }): void {
    const rate = el('input', { type: 'number', id: 'apilinker-webhooks-rate' });
    Object.assign(rate, { value: '10', min: '0.1', max: '1000', step: 'any' });
    const label = el('label', { text: t('many.rate') });
    label.htmlFor = rate.id;
    const stop = el('input', { type: 'checkbox' });
    stop.checked = true;
    const amount = t(found.more ? 'many.foundMore' : 'many.found', { total: count(found.count) });
    const start = (): void => {
      const options = { perSecond: Number(rate.value), stopOnError: stop.checked };
      apiPost<ReplayRunDto>('/replays', { query, ...options }).then(
        (run) => this.#showRun(run),
        (thrown: unknown) => this.#showProblem(thrown),
      );
    };
    const begin = button(t('many.start'), start, { icon: 'fa-play', primary: true });
    begin.disabled = found.count === 0;
    this.#show(
      el('p', { role: 'status' }, el('strong', { text: amount }), ' ', t('many.finishedOnly')),
      el('div', { class: 'aw-line' }, label, rate),
      el('label', { class: 'aw-check' }, stop, el('span', { text: t('many.stopOnError') })),
      el('div', { class: 'aw-actions' }, begin, this.#closeButton('edit.cancel')),
    );
    (begin.disabled ? rate : begin).focus();
  }

  #showRun(run: ReplayRunDto): void {
    this.#run = run;
    const isRunning = run.state === 'running';
    const bar = el('progress', { label: t('many.progress') });
    bar.max = Math.max(1, run.total);
    bar.value = run.replayed + run.refused;
    const numbers = { done: count(run.replayed + run.refused), total: count(run.total) };
    const stop = button(t('many.stop'), () => void this.#stop(), { icon: 'fa-stop' });
    this.#show(
      el(
        'div',
        { class: 'aw-row-line', role: 'status' },
        badge(run.state, t(`many.state.${run.state}`)),
        el('span', { text: t('many.numbers', numbers) }),
        run.refused > 0 &&
          el('span', { class: 'aw-hint', text: t('many.refused', { n: run.refused }) }),
      ),
      bar,
      ...(run.lastError === null ? [] : [el('p', { class: 'aw-error', text: run.lastError })]),
      el(
        'div',
        { class: 'aw-actions' },
        isRunning ? mayWrite() && stop : this.#closeButton('many.close'),
      ),
    );
    if (isRunning && this.#timer === null) {
      this.#timer = window.setTimeout(() => {
        this.#timer = null;
        void this.#look();
      }, LOOK_EVERY_MS);
    }
  }

  async #look(): Promise<void> {
    if (this.#run === null) return;
    try {
      this.#showRun(await apiGet<ReplayRunDto>(`/replays/${this.#run.id}`));
    } catch (thrown) {
      this.#showProblem(thrown);
    }
  }

  async #stop(): Promise<void> {
    if (this.#run === null) return;
    try {
      this.#showRun(await apiPost<ReplayRunDto>(`/replays/${this.#run.id}/stop`));
    } catch (thrown) {
      this.#showProblem(thrown);
    }
  }

  #showProblem(thrown: unknown): void {
    const problem = el('p', { class: 'aw-problem', role: 'alert', text: problemText(thrown) });
    this.#show(problem, el('div', { class: 'aw-actions' }, this.#closeButton('many.close')));
  }

  #closeButton(key: string): HTMLElement {
    return button(t(key), () => {
      this.#run = null;
      this.#panel.hidden = true;
      this.#showButton();
      this.#open.focus();
    });
  }

  #show(...shown: readonly HTMLElement[]): void {
    const hadFocus = this.#panel.contains(document.activeElement);
    this.#panel.replaceChildren(...shown);
    this.#panel.hidden = false;
    if (hadFocus) this.#panel.querySelector('button')?.focus();
    this.#showButton();
  }
}

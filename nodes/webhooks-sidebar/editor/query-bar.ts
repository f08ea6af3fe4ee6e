import { EVENT_STATUSES } from '../../../src/events/states';
import { queryText, readQueryText, type QueryConditions } from '../../../src/history/query-text';
import { button, el, iconButton } from './dom';
import { t } from './red-editor';

const SINCE = ['15m', '1h', '24h', '7d'] as const;

export interface QueryBarOptions {
  readonly onQuery: (conditions: QueryConditions) => void;
  /** Paths of the endpoints that there are. */
  readonly endpoints: () => readonly string[];
  readonly mayUseText: boolean;
}

/** The line of the query, what is wrong with it, and a panel that writes it for those who don't know it. */
export class QueryBar {
  readonly element: HTMLElement;
  readonly #options: QueryBarOptions;
  readonly #input: HTMLInputElement;
  readonly #problem: HTMLElement;
  readonly #panel: HTMLElement;
  readonly #toggle: HTMLButtonElement;
  #conditions: QueryConditions = {};

  constructor(options: QueryBarOptions) {
    this.#options = options;
    this.#input = el('input', { class: 'aw-query', type: 'search', label: t('query.label') });
    this.#input.placeholder = t('query.placeholder');
    this.#input.spellcheck = false;
    this.#input.autocomplete = 'off';
    this.#problem = el('p', { class: 'aw-problem', role: 'alert', hidden: true });
    this.#panel = el('div', { class: 'aw-filter', hidden: true, role: 'group' });
    this.#panel.setAttribute('aria-label', t('filter.label'));
    this.#toggle = iconButton('fa-filter', t('filter.label'), () => this.#open());
    this.#toggle.setAttribute('aria-expanded', 'false');
    this.element = el(
      'div',
      { class: 'aw-query-bar', role: 'search' },
      el('div', { class: 'aw-line' }, this.#input, this.#toggle),
      this.#problem,
      this.#panel,
    );
    this.#input.addEventListener('keydown', (event) => {
      event.stopPropagation();
      if (event.key === 'Enter') this.#read();
    });
    // The cross of a search field.
    this.#input.addEventListener('search', () => this.#read());
    this.#input.addEventListener('change', () => this.#read());
  }

  get conditions(): QueryConditions {
    return this.#conditions;
  }

  set(conditions: QueryConditions): void {
    this.#input.value = queryText(conditions);
    this.#read();
  }

  focus(): void {
    this.#input.focus();
  }

  #read(): void {
    const read = readQueryText(this.#input.value);
    if (!read.ok) return this.#complain(`query.problem.${read.problem}`, read.word);
    if (read.conditions.text !== undefined && !this.#options.mayUseText) {
      return this.#complain('query.problem.no-text', '');
    }
    this.#problem.hidden = true;
    this.#input.removeAttribute('aria-invalid');
    const isNew = JSON.stringify(read.conditions) !== JSON.stringify(this.#conditions);
    this.#conditions = read.conditions;
    if (!this.#panel.hidden) this.#fillPanel();
    if (isNew) this.#options.onQuery(read.conditions);
  }

  /** The word is the user's own; it stands beside the text, not in it. */
  #complain(key: string, word: string): void {
    this.#input.setAttribute('aria-invalid', 'true');
    this.#problem.replaceChildren(...(word === '' ? [] : [el('code', { text: word })]), t(key));
    this.#problem.hidden = false;
  }

  #open(): void {
    this.#panel.hidden = !this.#panel.hidden;
    this.#toggle.setAttribute('aria-expanded', String(!this.#panel.hidden));
    if (!this.#panel.hidden) this.#fillPanel();
  }

  #fillPanel(): void {
    const { status = '', endpoint = '', from = '' } = this.#conditions;
    const chosen = status.split(',');
    const statuses = EVENT_STATUSES.map((each) =>
      this.#choice(t(`status.${each}`), chosen.includes(each), () => {
        const others = chosen.filter((one) => one !== each && one !== '');
        this.#change({ status: (chosen.includes(each) ? others : [...others, each]).join(',') });
      }),
    );
    const since = SINCE.map((each) =>
      this.#choice(t(`filter.since.${each}`), from === each, () =>
        this.#change({ from: from === each ? '' : each }),
      ),
    );
    this.#panel.replaceChildren(
      this.#endpointSelect(endpoint),
      el('div', { class: 'aw-choices', role: 'group', label: t('filter.status') }, ...statuses),
      el('div', { class: 'aw-choices', role: 'group', label: t('filter.since.label') }, ...since),
      el('p', { class: 'aw-hint', text: t('query.hint') }),
    );
  }

  #endpointSelect(chosen: string): HTMLElement {
    const select = el('select', { label: t('filter.endpoint') });
    const paths = [...new Set([...this.#options.endpoints(), chosen])].filter(
      (path) => path !== '',
    );
    select.append(el('option', { text: t('filter.allEndpoints') }));
    for (const path of paths) select.append(el('option', { text: path }));
    select.selectedIndex = paths.indexOf(chosen) + 1;
    select.addEventListener('change', () =>
      this.#change({ endpoint: paths[select.selectedIndex - 1] ?? '' }),
    );
    return select;
  }

  #choice(word: string, isChosen: boolean, onclick: () => void): HTMLElement {
    const made = button(word, onclick);
    made.classList.add('aw-choice');
    made.setAttribute('aria-pressed', String(isChosen));
    return made;
  }

  #change(change: QueryConditions): void {
    const focused = [...this.#panel.querySelectorAll('button, select')].indexOf(
      document.activeElement ?? document.body,
    );
    this.set({ ...this.#conditions, ...change });
    // The panel was drawn anew; whoever uses the keyboard stays where they were.
    this.#panel.querySelectorAll<HTMLElement>('button, select')[focused]?.focus();
  }
}

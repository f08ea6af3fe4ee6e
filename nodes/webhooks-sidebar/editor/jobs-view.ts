import type { JobDto } from '../../../src/history/dto';
import { apiGet } from '../../shared/editor/admin-api';
import { button, el, notice } from './dom';
import { jobRow } from './job-row';
import { problemText } from './problem-text';
import { t } from './red-editor';

const MOST = 200;

/** What waits at retry nodes, in order of its time. */
export class JobsView {
  readonly element = el('div', { class: 'aw-scroll' }, notice('loading', t('list.loading')));
  readonly #onEvent: (eventId: string) => void;

  constructor(onEvent: (eventId: string) => void) {
    this.#onEvent = onEvent;
  }

  async refresh(): Promise<void> {
    try {
      const query = { open: 'true', limit: String(MOST) };
      const { jobs } = await apiGet<{ jobs: JobDto[] }>('/jobs', query);
      this.#draw([...jobs].sort((a, b) => (a.dueAt < b.dueAt ? -1 : 1)));
    } catch (thrown) {
      const again = button(t('list.again'), () => void this.refresh());
      const why = el('p', { text: problemText(thrown) });
      this.element.replaceChildren(notice('error', t('jobs.failed'), why, again));
    }
  }

  #draw(jobs: readonly JobDto[]): void {
    // Somebody is about to answer a question: what stands there must not go away below it.
    if (this.element.querySelector('.aw-ask:focus-within .aw-primary') !== null) return;
    if (jobs.length === 0) {
      const hint = el('p', { text: t('jobs.noneHint') });
      return this.element.replaceChildren(notice('empty', t('jobs.none'), hint));
    }
    const options = { onEvent: this.#onEvent, onChanged: () => void this.refresh() };
    this.element.replaceChildren(
      el('ul', { class: 'aw-jobs' }, ...jobs.map((job) => jobRow(job, options))),
      ...(jobs.length === MOST
        ? [el('p', { class: 'aw-hint', text: t('jobs.first', { n: MOST }) })]
        : []),
    );
  }
}

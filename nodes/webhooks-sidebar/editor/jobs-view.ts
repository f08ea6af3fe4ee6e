import type { JobDto, JobPageDto } from '../../../src/history/dto';
import { button, el, notice } from './dom';
import { jobRow } from './job-row';
import { PagedList } from './paged-list';
import { problemText } from './problem-text';
import { t } from './red-editor';

/** What waits at retry nodes: the newest of it, in the order in which it is tried again. */
export class JobsView {
  readonly element = el('div', { class: 'aw-scroll' }, notice('loading', t('list.loading')));
  readonly #onEvent: (eventId: string) => void;
  readonly #list = new PagedList<JobDto>(
    '/jobs',
    { open: 'true' },
    (answer) => (answer as JobPageDto).jobs,
  );

  constructor(onEvent: (eventId: string) => void) {
    this.#onEvent = onEvent;
  }

  refresh(): Promise<void> {
    return this.#show(this.#list.load());
  }

  async #show(asked: Promise<readonly JobDto[]>): Promise<void> {
    try {
      const jobs = await asked;
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
      ...(this.#list.hasMore ? [this.#more(jobs.length)] : []),
    );
  }

  #more(shown: number): HTMLElement {
    const more = button(t('list.older'), () => {
      more.disabled = true;
      void this.#show(this.#list.more());
    });
    return el('div', { class: 'aw-list-end' }, t('jobs.first', { n: shown }), ' ', more);
  }
}

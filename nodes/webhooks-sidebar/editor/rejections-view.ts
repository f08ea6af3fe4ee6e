import type { RejectionDto, RejectionPageDto } from '../../../src/history/dto';
import { said } from '../../shared/editor/said';
import { badge, button, el, notice } from './dom';
import { shortTime } from './format';
import { PagedList } from './paged-list';
import { headerTable } from './payload-view';
import { problemText } from './problem-text';
import { t } from './red-editor';
import { Section } from './section';

/** Requests that were refused, the newest first, each with the reason and what to do about it. */
export class RejectionsView {
  readonly element = el('div', { class: 'aw-scroll' }, notice('loading', t('list.loading')));

  /** Whose headers somebody looks at: they stay open when the list is drawn anew. */
  readonly #opened = new Set<string>();
  readonly #list = new PagedList<RejectionDto>(
    '/rejections',
    {},
    (answer) => (answer as RejectionPageDto).rejections,
  );

  refresh(): Promise<void> {
    return this.#show(this.#list.load());
  }

  async #show(asked: Promise<readonly RejectionDto[]>): Promise<void> {
    try {
      this.#draw(await asked);
    } catch (thrown) {
      const again = button(t('list.again'), () => void this.refresh());
      const why = el('p', { text: problemText(thrown) });
      this.element.replaceChildren(notice('error', t('rejections.failed'), why, again));
    }
  }

  #draw(rejections: readonly RejectionDto[]): void {
    if (rejections.length === 0) {
      const hint = el('p', { text: t('rejections.noneHint') });
      return this.element.replaceChildren(notice('empty', t('rejections.none'), hint));
    }
    this.element.replaceChildren(
      el(
        'ul',
        { class: 'aw-rejections' },
        ...grouped(rejections).map((group) => this.#item(group)),
      ),
      ...(this.#list.hasMore ? [this.#more(rejections.length)] : []),
    );
  }

  #more(shown: number): HTMLElement {
    const more = button(t('list.older'), () => {
      more.disabled = true;
      void this.#show(this.#list.more());
    });
    return el('div', { class: 'aw-list-end' }, t('rejections.first', { n: shown }), ' ', more);
  }

  #item({ rejection, count }: Group): HTMLElement {
    const { id, at, status, cause, detail, method, path, ip, headers } = rejection;
    const section = new Section(t('event.headers'), {
      isOpen: this.#opened.has(id),
      onToggle: (isOpen) => (isOpen ? this.#opened.add(id) : this.#opened.delete(id)),
    });
    section.show(String(Object.keys(headers).length), headerTable(headers));
    return el(
      'li',
      {},
      el(
        'div',
        { class: 'aw-row-line' },
        badge('rejected', String(status)),
        el('span', { class: 'aw-row-title', text: cause }),
        count > 1 && el('span', { class: 'aw-hint', text: `× ${count}` }),
        el('time', { text: shortTime(at, Date.now()) }),
      ),
      el('p', { class: 'aw-advice', text: said(detail) }),
      el(
        'div',
        { class: 'aw-row-line aw-row-more' },
        el('span', { class: 'aw-row-path', text: `${method} ${path}` }),
        el('span', { text: ip }),
      ),
      section.element,
    );
  }
}

interface Group {
  /** The newest of them. */
  readonly rejection: RejectionDto;
  count: number;
}

/** What is refused again and again, for the same reason, is one entry. */
function grouped(rejections: readonly RejectionDto[]): Group[] {
  const groups: Group[] = [];
  for (const rejection of rejections) {
    const last = groups.at(-1);
    if (last !== undefined && isSame(last.rejection, rejection)) last.count++;
    else groups.push({ rejection, count: 1 });
  }
  return groups;
}

function isSame(a: RejectionDto, b: RejectionDto): boolean {
  const keys = ['endpoint', 'status', 'cause', 'detail', 'method', 'path', 'ip'] as const;
  return keys.every((key) => a[key] === b[key]);
}

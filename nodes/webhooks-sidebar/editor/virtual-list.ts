import { el } from './dom';

export interface VirtualListOptions {
  readonly label: string;
  readonly rowHeight: number;
  /** The id of the element of a row. */
  readonly idOf: (place: number) => string;
  readonly fill: (row: HTMLElement, place: number) => void;
  /** Something that changes when what is shown of the row does. */
  readonly versionOf: (place: number) => unknown;
  readonly onOpen: (place: number) => void;
  /** The end comes into sight. */
  readonly onEnd: () => void;
  readonly onScroll: () => void;
}

interface Row {
  readonly element: HTMLElement;
  version: unknown;
}

/** Rows above and below those in sight. */
const SPARE = 6;

/**
 * A list of any length of which only the rows in sight are in the page. One stop of the Tab key; arrows,
 * Home, End and the page keys move in it, Enter opens.
 */
export class VirtualList {
  readonly element: HTMLElement;
  readonly #space: HTMLElement;
  readonly #end: HTMLElement;
  readonly #options: VirtualListOptions;
  readonly #rows = new Map<number, Row>();
  #length = 0;
  #active = -1;
  #opened: string | null = null;
  #isDrawn = false;

  constructor(options: VirtualListOptions) {
    this.#options = options;
    this.#space = el('div', { class: 'aw-list-space', role: 'presentation' });
    this.#end = el('div', { class: 'aw-list-end', role: 'presentation' });
    this.element = el(
      'div',
      { class: 'aw-list', role: 'listbox', tabindex: 0, label: options.label },
      this.#space,
      this.#end,
    );
    this.element.addEventListener('scroll', () => this.#scrolled(), { passive: true });
    this.element.addEventListener('keydown', (event) => this.#key(event));
    this.element.addEventListener('focus', () => this.#focused());
    // It was hidden, or is higher now.
    new ResizeObserver(() => this.redraw()).observe(this.element);
    this.#space.addEventListener('click', (event) => this.#click(event));
  }

  get isAtTop(): boolean {
    return this.element.scrollTop < this.#options.rowHeight / 2;
  }

  /** First and last place in sight. */
  get inSight(): readonly [first: number, last: number] {
    const { rowHeight } = this.#options;
    const first = Math.floor(this.element.scrollTop / rowHeight);
    const last = Math.ceil((this.element.scrollTop + this.element.clientHeight) / rowHeight) - 1;
    return [Math.max(0, first), Math.min(this.#length - 1, last)];
  }

  /** What stands below the last row. */
  set end(shown: HTMLElement | null) {
    this.#end.replaceChildren(...(shown === null ? [] : [shown]));
  }

  /** The row that is marked as the opened one, by the id of its element. */
  set opened(id: string | null) {
    this.#opened = id;
    this.redraw();
  }

  /** Draws what is in sight of so many rows. `above`: as many are new at the top. */
  show(length: number, above = 0): void {
    this.#length = length;
    if (above > 0 && this.#active >= 0) this.#active += above;
    this.#active = Math.min(this.#active, length - 1);
    this.#space.style.height = `${length * this.#options.rowHeight}px`;
    this.redraw();
  }

  toTop(): void {
    this.element.scrollTop = 0;
    this.#active = -1;
  }

  redraw(): void {
    const [first, last] = this.inSight;
    const from = Math.max(0, first - SPARE);
    const to = Math.min(this.#length - 1, last + SPARE);
    for (const [place, { element }] of this.#rows) {
      if (place >= from && place <= to) continue;
      element.remove();
      this.#rows.delete(place);
    }
    for (let place = from; place <= to; place++) this.#draw(place);
    if (last >= this.#length - 1 - SPARE) this.#options.onEnd();
  }

  #draw(place: number): void {
    const { rowHeight, fill, idOf, versionOf } = this.#options;
    const version = versionOf(place);
    let row = this.#rows.get(place);
    if (row === undefined) {
      const element = el('div', { class: 'aw-row', role: 'option' });
      element.style.transform = `translateY(${place * rowHeight}px)`;
      element.dataset['place'] = String(place);
      this.#space.append(element);
      row = { element, version: undefined };
      this.#rows.set(place, row);
    }
    const { element } = row;
    if (row.version !== version) {
      row.version = version;
      element.id = idOf(place);
      element.replaceChildren();
      fill(element, place);
    }
    element.classList.toggle('aw-active', place === this.#active);
    element.setAttribute('aria-selected', String(element.id === this.#opened));
    element.setAttribute('aria-posinset', String(place + 1));
    if (place === this.#active) this.element.setAttribute('aria-activedescendant', element.id);
  }

  /** Not for the mouse: the list would move away below it before its button goes up. */
  #focused(): void {
    if (this.element.matches(':focus-visible')) this.#activate(Math.max(0, this.#active));
  }

  #scrolled(): void {
    if (this.#isDrawn) return;
    this.#isDrawn = true;
    requestAnimationFrame(() => {
      this.#isDrawn = false;
      this.redraw();
      this.#options.onScroll();
    });
  }

  #click(event: MouseEvent): void {
    const row = (event.target as Element).closest<HTMLElement>('.aw-row');
    if (row === null) return;
    this.#activate(Number(row.dataset['place']));
    this.#options.onOpen(this.#active);
  }

  #key(event: KeyboardEvent): void {
    const [first, last] = this.inSight;
    const page = Math.max(1, last - first - 1);
    const target = {
      ArrowDown: this.#active + 1,
      ArrowUp: this.#active - 1,
      PageDown: this.#active + page,
      PageUp: this.#active - page,
      Home: 0,
      End: this.#length - 1,
    }[event.key];
    if (target !== undefined) this.#activate(target);
    else if ((event.key === 'Enter' || event.key === ' ') && this.#active >= 0) {
      this.#options.onOpen(this.#active);
    } else return;
    event.preventDefault();
    event.stopPropagation();
  }

  #activate(place: number): void {
    if (this.#length === 0) return;
    this.#active = Math.min(Math.max(0, place), this.#length - 1);
    const { rowHeight } = this.#options;
    const [top, height] = [this.#active * rowHeight, this.element.clientHeight];
    const { scrollTop } = this.element;
    if (top < scrollTop) this.element.scrollTop = top;
    else if (top + rowHeight > scrollTop + height) {
      this.element.scrollTop = top + rowHeight - height;
    }
    this.redraw();
  }
}

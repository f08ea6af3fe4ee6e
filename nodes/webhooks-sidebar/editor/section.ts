import { el } from './dom';

export interface SectionOptions {
  readonly isOpen?: boolean;
  readonly onToggle?: ((isOpen: boolean) => void) | undefined;
}

/** A part of a page that can be folded; what it shows can be exchanged. */
export class Section {
  readonly element: HTMLElement;
  readonly #body: HTMLElement;
  readonly #button: HTMLButtonElement;
  readonly #note: HTMLElement;
  readonly #onToggle: SectionOptions['onToggle'];

  constructor(title: string, { isOpen = true, onToggle }: SectionOptions = {}) {
    this.#onToggle = onToggle;
    this.#note = el('span', { class: 'aw-section-note' });
    this.#button = el(
      'button',
      { type: 'button', class: 'aw-section-title', onclick: () => this.#toggle(!this.#isOpen) },
      el('i', { class: 'fa fa-angle-down', aria: { hidden: 'true' } }),
      el('span', { text: title }),
      this.#note,
    );
    this.#body = el('div', { class: 'aw-section-body' });
    this.element = el('section', { class: 'aw-section' }, this.#button, this.#body);
    this.#set(isOpen);
  }

  show(note: string, ...shown: readonly HTMLElement[]): void {
    this.#note.textContent = note;
    this.#body.replaceChildren(...shown);
  }

  get #isOpen(): boolean {
    return !this.#body.hidden;
  }

  #toggle(isOpen: boolean): void {
    this.#set(isOpen);
    this.#onToggle?.(isOpen);
  }

  #set(isOpen: boolean): void {
    this.#body.hidden = !isOpen;
    this.#button.setAttribute('aria-expanded', String(isOpen));
  }
}

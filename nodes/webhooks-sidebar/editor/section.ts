import { el } from './dom';

/** A part of a page that can be folded; what it shows can be exchanged. */
export class Section {
  readonly element: HTMLElement;
  readonly #body: HTMLElement;
  readonly #button: HTMLButtonElement;
  readonly #note: HTMLElement;

  constructor(title: string, { isOpen = true } = {}) {
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
    this.#toggle(isOpen);
  }

  show(note: string, ...shown: readonly HTMLElement[]): void {
    this.#note.textContent = note;
    this.#body.replaceChildren(...shown);
  }

  get #isOpen(): boolean {
    return !this.#body.hidden;
  }

  #toggle(isOpen: boolean): void {
    this.#body.hidden = !isOpen;
    this.#button.setAttribute('aria-expanded', String(isOpen));
  }
}

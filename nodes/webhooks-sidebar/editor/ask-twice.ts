import { button, el } from './dom';
import { t } from './red-editor';

/** A button that asks before it does something which can't be taken back; it looks as `make` makes it. */
export function askTwice(
  word: string,
  question: string,
  act: () => void,
  make = (onclick: () => void): HTMLButtonElement => button(word, onclick),
): HTMLElement {
  const place = el('span', { class: 'aw-ask' });
  const ask = make(() => {
    const keep = button(t('ask.keep'), () => show(ask));
    place.replaceChildren(
      el('span', { text: question }),
      button(word, () => done(), { primary: true }),
      keep,
    );
    keep.focus();
  });
  const show = (shown: HTMLButtonElement): void => {
    place.replaceChildren(shown);
    shown.focus();
  };
  const done = (): void => {
    show(ask);
    act();
  };
  place.append(ask);
  return place;
}

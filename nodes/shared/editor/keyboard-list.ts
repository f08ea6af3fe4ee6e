import { sharedWords } from './field-words';

const HANDLE = '.red-ui-editableList-item-handle';
const REMOVE = '.red-ui-editableList-item-remove';

/**
 * Makes an editableList usable without a mouse: the handle of each entry can be focused, and the arrow
 * keys move the entry up and down; handle and cross have names. Call it when the list is made; `moved` is
 * called when an entry has another place.
 */
export function keyboardList(list: JQuery, moved: () => void = () => undefined): void {
  const name = (): void => {
    const items = list.children('li');
    const words = sharedWords('field.list.move');
    items.children(HANDLE).attr({ tabindex: 0, role: 'button', title: words, 'aria-label': words });
    const remove = sharedWords('field.list.remove');
    items.children(REMOVE).attr({ title: remove, 'aria-label': remove, role: 'button' });
  };
  name();
  for (const element of list) new MutationObserver(name).observe(element, { childList: true });
  list.on('keydown', HANDLE, (event) => {
    const up = event.key === 'ArrowUp';
    if (!up && event.key !== 'ArrowDown') return;
    const handle = $(event.currentTarget as HTMLElement);
    const item = handle.closest('li');
    // That of a list inside of an entry is its own.
    if (!item.parent().is(list)) return;
    event.preventDefault();
    event.stopPropagation();
    const other = up ? item.prev('li') : item.next('li');
    if (other.length === 0) return;
    if (up) item.insertBefore(other);
    else item.insertAfter(other);
    handle.trigger('focus');
    moved();
    // As for any other change of the form.
    list.trigger('change');
  });
}

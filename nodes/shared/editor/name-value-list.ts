import { keyboardList } from './keyboard-list';
import { listItems } from './list-items';

interface Row {
  readonly name: string;
  readonly value: string;
}

interface Item {
  row?: Row;
  read?: () => Row;
}

export interface NameValueTexts {
  readonly add: string;
  readonly name: string;
  readonly value: string;
  readonly valuePlaceholder: string;
}

/** Turns a list element into a table of names and values; returns the function that reads it. */
export function createNameValueList(
  list: JQuery,
  rows: readonly Row[],
  texts: NameValueTexts,
): () => Row[] {
  list.editableList({
    addButton: texts.add,
    height: 'auto',
    sortable: true,
    removable: true,
    addItem(container: JQuery, _index: number, item: Item) {
      item.read = fillRow(container, item.row ?? { name: '', value: '' }, texts);
    },
  });
  keyboardList(list);
  for (const row of rows) list.editableList('addItem', { row });
  return () =>
    listItems<Item>(list)
      .flatMap(({ read }) => (read === undefined ? [] : [read()]))
      .filter(({ name, value }) => name !== '' || value !== '');
}

function fillRow(container: JQuery, row: Row, texts: NameValueTexts): () => Row {
  const box = $('<div class="apilinker-header">').appendTo(container);
  const name = $('<input type="text">')
    .attr({ 'aria-label': texts.name, placeholder: texts.name })
    .val(row.name)
    .appendTo(box);
  const value = $('<input type="text">')
    .attr({ 'aria-label': texts.value, placeholder: texts.valuePlaceholder })
    .val(row.value)
    .appendTo(box);
  return () => ({ name: String(name.val() ?? '').trim(), value: String(value.val() ?? '') });
}

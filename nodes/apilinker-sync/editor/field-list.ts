import { keyboardList } from '../../shared/editor/keyboard-list';
import { listItems } from '../../shared/editor/list-items';
import type { Translate } from '../../shared/editor/translate';
import { fillFieldRow } from './field-row';
import { readSavedField, type SavedField } from './saved-field';

interface Item {
  field?: SavedField;
  read?: () => SavedField;
}

export interface FieldList {
  read(): SavedField[];
  resize(height: number): void;
}

/** Turns a list element into the editor of field mappings. */
export function createFieldList(
  list: JQuery,
  fields: readonly unknown[],
  translate: Translate,
): FieldList {
  list.editableList({
    addButton: translate('apilinker-sync.action.addField'),
    sortable: true,
    removable: true,
    addItem(container: JQuery, _index: number, item: Item) {
      item.read = fillFieldRow(container, item.field ?? { source: '', target: '' }, translate);
    },
    // What shows the mapping looks again when it changes.
    removeItem: () => list.trigger('change'),
    sortItems: () => list.trigger('change'),
  });
  keyboardList(list);
  for (const saved of fields) list.editableList('addItem', { field: readSavedField(saved) });
  // The list scrolls to each item that is added, in a timer of its own.
  setTimeout(() => list.parent().scrollTop(0));
  return {
    read: () => listItems<Item>(list).flatMap(({ read }) => (read === undefined ? [] : [read()])),
    resize: (height) => list.editableList('height', height),
  };
}

import { QUERY_FIELDS, type QueryField } from '../../../src/history/query-fields';
import { keyboardList } from '../../shared/editor/keyboard-list';
import { listItems } from '../../shared/editor/list-items';
import type { Translate } from '../../shared/editor/translate';
import type { QueryCondition, ValueType } from '../webhook-replay.config';

interface Item {
  condition?: QueryCondition;
  read?: () => QueryCondition;
}

const NEW_CONDITION: QueryCondition = { field: 'endpoint', value: '', valueType: 'str' };

/** Turns a list element into the editor of a query; returns the function that reads it. */
export function createQueryList(
  list: JQuery,
  conditions: readonly QueryCondition[],
  translate: Translate,
): () => QueryCondition[] {
  list.editableList({
    addButton: translate('webhook-replay.action.addCondition'),
    height: 'auto',
    sortable: true,
    removable: true,
    addItem(row: JQuery, _index: number, item: Item) {
      item.read = fillRow(row, item.condition ?? NEW_CONDITION, translate);
    },
  });
  keyboardList(list);
  for (const condition of conditions) list.editableList('addItem', { condition });
  return () => listItems<Item>(list).flatMap(({ read }) => (read === undefined ? [] : [read()]));
}

function fillRow(
  row: JQuery,
  condition: QueryCondition,
  translate: Translate,
): () => QueryCondition {
  row.addClass('webhook-replay-condition');
  const field = $('<select class="webhook-replay-field">')
    .attr('aria-label', translate('webhook-replay.label.field'))
    .appendTo(row);
  for (const name of QUERY_FIELDS) {
    const text = translate(`webhook-replay.option.field.${name}`);
    $('<option>').val(name).text(text).appendTo(field);
  }
  field.val(condition.field);
  const box = $('<div class="webhook-replay-value">').appendTo(row);
  const value = $('<input type="text">')
    .attr('aria-label', translate('webhook-replay.label.value'))
    .appendTo(box)
    .typedInput({ types: ['str', 'msg'] });
  value.typedInput('type', condition.valueType);
  value.typedInput('value', condition.value);
  return () => ({
    field: field.val() as QueryField,
    value: value.typedInput('value'),
    valueType: value.typedInput('type') as ValueType,
  });
}

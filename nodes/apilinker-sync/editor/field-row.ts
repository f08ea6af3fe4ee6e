import { compileFields } from '../../../src/sync/mapping/fields';
import type { Translate } from '../../shared/editor/translate';
import { said } from '../../shared/editor/said';
import { fillCondition } from './field-condition';
import { textInput } from './field-input';
import { readTransforms, transformPart, type SavedField } from './saved-field';
import { createTransformList } from './transform-list';
import { fromTyped, toTyped, type TypedValue } from './typed-value';

/** Fills a row with the inputs of a field mapping; returns the function that reads them. */
export function fillFieldRow(
  row: JQuery,
  field: SavedField,
  translate: Translate,
): () => SavedField {
  row.addClass('apilinker-field');
  const readSource = fillSource(
    $('<div class="apilinker-field-source">').appendTo(row),
    field,
    translate,
  );
  $('<i class="fa fa-long-arrow-right apilinker-field-arrow">').appendTo(row);
  const target = textInput('target', field.target, translate).appendTo(row);
  const details = $('<div class="apilinker-field-details">').appendTo(row);
  const transforms = createTransformList(details, readTransforms(field.transform), translate);
  const readCondition = fillCondition(details, field.condition, translate);
  const nulls = fillNulls(details, field.include_nulls === true, translate);
  const read = (): SavedField => {
    const condition = readCondition();
    return {
      ...readSource(),
      target: String(target.val() ?? '').trim(),
      ...transformPart(transforms()),
      ...(condition === undefined ? {} : { condition }),
      ...(nulls.prop('checked') === true ? { include_nulls: true as const } : {}),
    };
  };
  const problem = $('<div class="apilinker-field-problem">').appendTo(row);
  const check = (): void => {
    const [first = ''] = compileFields([read()]).problems;
    problem.text(said(first.replace(/^Field 1: /, ''))).toggle(first !== '');
  };
  row.on('change input', check);
  check();
  return read;
}

/** A path into the item, or a constant. */
function fillSource(
  box: JQuery,
  field: SavedField,
  translate: Translate,
): () => Pick<SavedField, 'source' | 'value'> {
  const constant = field.source === undefined ? toTyped(field.value) : undefined;
  const input = textInput('from', constant?.text ?? field.source ?? '', translate).appendTo(box);
  const path = { value: 'path', label: translate('apilinker-sync.option.source.path') };
  input.typedInput({ types: [path, 'str', 'num', 'bool', 'json'], default: 'path' });
  input.typedInput('width', '100%');
  input.typedInput('type', constant?.type ?? 'path');
  input.typedInput('value', constant?.text ?? field.source ?? '');
  return () => {
    const text = input.typedInput('value');
    const type = input.typedInput('type');
    if (type === 'path') return { source: text.trim() };
    return { value: fromTyped({ type: type as TypedValue['type'], text }) };
  };
}

function fillNulls(details: JQuery, checked: boolean, translate: Translate): JQuery {
  const label = $('<label class="apilinker-field-nulls">').appendTo(details);
  const box = $('<input type="checkbox">').prop('checked', checked).appendTo(label);
  $('<span>').text(translate('apilinker-sync.label.field.nulls')).appendTo(label);
  return box;
}

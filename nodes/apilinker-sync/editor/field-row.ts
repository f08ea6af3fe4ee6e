import { compileFields } from '../../../src/sync/mapping/fields';
import { OPERATORS, takesValue, type Operator } from '../../../src/sync/mapping/options';
import type { Translate } from '../../shared/editor/translate';
import { readTransforms, transformPart, type SavedCondition, type SavedField } from './saved-field';
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
    problem.text(first.replace(/^Field 1: /, '')).toggle(first !== '');
  };
  row.on('change keyup', check);
  check();
  return read;
}

function textInput(part: string, value: string, translate: Translate): JQuery {
  return $('<input type="text">')
    .addClass(`apilinker-field-${part}`)
    .attr('aria-label', translate(`apilinker-sync.label.field.${part}`))
    .attr('placeholder', translate(`apilinker-sync.placeholder.field.${part}`))
    .val(value);
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

const ALWAYS = 'always';

function fillCondition(
  details: JQuery,
  condition: SavedCondition | undefined,
  translate: Translate,
): () => SavedCondition | undefined {
  const box = $('<div class="apilinker-field-condition">').appendTo(details);
  const when = $('<select class="apilinker-field-when">')
    .attr('aria-label', translate('apilinker-sync.label.field.when'))
    .appendTo(box);
  for (const option of [ALWAYS, 'if']) {
    $('<option>')
      .val(option)
      .text(translate(`apilinker-sync.option.when.${option}`))
      .appendTo(when);
  }
  when.val(condition === undefined ? ALWAYS : 'if');
  const field = textInput('if', condition?.field ?? '', translate).appendTo(box);
  const operator = operatorSelect(condition?.operator ?? 'eq', translate).appendTo(box);
  const typed = toTyped(condition?.value);
  const valueBox = $('<div class="apilinker-field-value">').appendTo(box);
  const value = textInput('value', typed.text, translate).appendTo(valueBox);
  value.typedInput({ types: ['str', 'num', 'bool', 'json'], default: 'str' });
  value.typedInput('width', '100%');
  value.typedInput('type', typed.type);
  value.typedInput('value', typed.text);
  const hasValue = (): boolean => takesValue(operator.val() as Operator);
  const show = (): void => {
    const conditional = when.val() !== ALWAYS;
    field.toggle(conditional);
    operator.toggle(conditional);
    valueBox.toggle(conditional && hasValue());
  };
  when.add(operator).on('change', show);
  show();
  return () => {
    if (when.val() === ALWAYS) return undefined;
    const type = value.typedInput('type') as TypedValue['type'];
    return {
      field: String(field.val() ?? '').trim(),
      operator: String(operator.val()),
      ...(hasValue() ? { value: fromTyped({ type, text: value.typedInput('value') }) } : {}),
    };
  };
}

/** An operator that is unknown stays in the list, so that opening a dialog changes nothing. */
function operatorSelect(chosen: string, translate: Translate): JQuery {
  const select = $('<select class="apilinker-field-operator">').attr(
    'aria-label',
    translate('apilinker-sync.label.field.operator'),
  );
  const known = (OPERATORS as readonly string[]).includes(chosen);
  for (const operator of known ? OPERATORS : [chosen, ...OPERATORS]) {
    const text =
      operator === chosen && !known
        ? operator
        : translate(`apilinker-sync.option.operator.${operator}`);
    $('<option>').val(operator).text(text).appendTo(select);
  }
  return select.val(chosen);
}

function fillNulls(details: JQuery, checked: boolean, translate: Translate): JQuery {
  const label = $('<label class="apilinker-field-nulls">').appendTo(details);
  const box = $('<input type="checkbox">').prop('checked', checked).appendTo(label);
  $('<span>').text(translate('apilinker-sync.label.field.nulls')).appendTo(label);
  return box;
}

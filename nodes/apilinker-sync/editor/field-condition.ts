import { OPERATORS, takesValue, type Operator } from '../../../src/sync/mapping/options';
import type { Translate } from '../../shared/editor/translate';
import { textInput } from './field-input';
import type { SavedCondition } from './saved-field';
import { fromTyped, toTyped, type TypedValue } from './typed-value';

const ALWAYS = 'always';

/** When a field is written: always, or if a condition is met. Returns the function that reads it. */
export function fillCondition(
  details: JQuery,
  condition: SavedCondition | undefined,
  translate: Translate,
): () => SavedCondition | undefined {
  const box = $('<div class="apilinker-field-condition">').appendTo(details);
  const when = whenSelect(translate).appendTo(box);
  when.val(condition === undefined ? ALWAYS : 'if');
  const field = textInput('if', condition?.field ?? '', translate).appendTo(box);
  const operator = operatorSelect(condition?.operator ?? 'eq', translate).appendTo(box);
  const valueBox = $('<div class="apilinker-field-value">').appendTo(box);
  const value = valueInput(valueBox, condition, translate);
  const hasValue = (): boolean => takesValue(operator.val() as Operator);
  const show = (): void => {
    const conditional = when.val() !== ALWAYS;
    field.toggle(conditional);
    operator.toggle(conditional);
    valueBox.toggle(conditional && hasValue());
  };
  operator.on('change', () => {
    if (isList(operator)) asList(value);
  });
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

function whenSelect(translate: Translate): JQuery {
  const when = $('<select class="apilinker-field-when">').attr(
    'aria-label',
    translate('apilinker-sync.label.field.when'),
  );
  for (const option of [ALWAYS, 'if']) {
    $('<option>')
      .val(option)
      .text(translate(`apilinker-sync.option.when.${option}`))
      .appendTo(when);
  }
  return when;
}

/** A condition that was saved without a value compares with null. */
function valueInput(
  box: JQuery,
  condition: SavedCondition | undefined,
  translate: Translate,
): JQuery {
  const typed = toTyped(condition === undefined ? '' : (condition.value ?? null));
  const value = textInput('value', typed.text, translate).appendTo(box);
  value.typedInput({ types: ['str', 'num', 'bool', 'json'], default: 'str' });
  value.typedInput('width', '100%');
  value.typedInput('type', typed.type);
  value.typedInput('value', typed.text);
  return value;
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

function isList(operator: JQuery): boolean {
  return operator.val() === 'in' || operator.val() === 'not_in';
}

/** These compare with each of a list: what was typed before becomes the first of it. */
function asList(value: JQuery): void {
  const type = value.typedInput('type') as TypedValue['type'];
  if (type === 'json') return;
  const text = value.typedInput('value');
  const list = text === '' ? [] : [fromTyped({ type, text })];
  value.typedInput('type', 'json');
  value.typedInput('value', JSON.stringify(list));
}

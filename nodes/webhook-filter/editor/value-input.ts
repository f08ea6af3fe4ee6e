import type { WidgetTypedInputType, WidgetTypedInputTypeDefinition } from 'node-red__editor-client';
import type { OperandKind, ValueType } from '../../../src/filter/operand';
import { TYPE_NAMES } from '../../../src/filter/value-types';
import type { Translate } from '../../shared/editor/translate';

export interface SavedValue {
  readonly value: unknown;
  readonly valueType: ValueType;
}

export interface ValueInput {
  /** Shows the inputs with which an operand of that kind is edited. */
  show(kind: OperandKind): void;
  read(): SavedValue;
}

type InputTypes = (WidgetTypedInputType | WidgetTypedInputTypeDefinition)[];

/** In which of Node-RED's typed inputs the value of an operand is edited; `types` is a choice of our own. */
const TYPES_OF_KIND: Readonly<Record<OperandKind, readonly (WidgetTypedInputType | 'types')[]>> = {
  none: ['str'],
  value: ['str', 'num', 'bool', 'json'],
  list: ['str', 'json'],
  texts: ['str', 'json'],
  pattern: ['str'],
  bound: ['num', 'str'],
  range: ['num', 'str'],
  types: ['types'],
  schema: ['json'],
  expression: ['jsonata'],
};

/** Types of the input whose value is saved as a text. */
const SAVED_AS_TEXT = ['types', 'jsonata'];

/** Puts the inputs of a value into a box, filled with a saved value of an operand of that kind. */
export function createValueInput(
  box: JQuery,
  kind: OperandKind,
  saved: SavedValue,
  translate: Translate,
): ValueInput {
  const [from, to] = kind === 'range' ? boundsOf(saved.value) : [saved.value];
  const type = TYPES_OF_KIND[kind].find((name) => name === saved.valueType);
  const first = typedInput(box, 'value', kind, translate);
  if (type !== undefined) first.typedInput('type', type);
  first.typedInput('value', kind === 'types' ? String(saved.value) : formText(from));
  let shown: OperandKind = kind;
  let second: JQuery | undefined;
  const show = (next: OperandKind): void => {
    if (next === 'range') second ??= secondBound(box, first, formText(to), translate);
    box.toggle(next !== 'none').toggleClass('webhook-filter-range', next === 'range');
    if (next === shown) return;
    const isNewOrder = hasOrder(next) && !hasOrder(shown);
    shown = next;
    first.typedInput('types', inputTypes(next, translate));
    if (isNewOrder) first.typedInput('type', 'num');
  };
  show(kind);
  return { show, read: () => readInputs(shown, first, second) };
}

/** The other end of a range: it has the type of the first. */
function secondBound(box: JQuery, first: JQuery, text: string, translate: Translate): JQuery {
  // In its place only when it is complete: each step of making it is a change that reaches the row.
  const rest = $('<div class="webhook-filter-to">');
  $('<span>').text(translate('webhook-filter.label.to')).appendTo(rest);
  const second = typedInput($('<div>').appendTo(rest), 'upper', 'range', translate);
  const follow = (): void => {
    const type = first.typedInput('type');
    if (second.typedInput('type') !== type) second.typedInput('type', type);
  };
  if (first.typedInput('type') === 'str') follow();
  second.typedInput('value', text);
  rest.appendTo(box);
  first.on('change', () => {
    if (box.hasClass('webhook-filter-range')) follow();
  });
  return second;
}

/** Numbers are what is nearly always compared so; "10" as a text is below "9". */
function hasOrder(kind: OperandKind): boolean {
  return kind === 'bound' || kind === 'range';
}

function typedInput(box: JQuery, field: string, kind: OperandKind, translate: Translate): JQuery {
  const input = $('<input type="text">')
    .appendTo(box)
    .typedInput({ types: inputTypes(kind, translate) });
  const visible = input.next('.red-ui-typedInput-container').find('.red-ui-typedInput-input');
  visible.attr('aria-label', translate(`webhook-filter.label.${field}`));
  return input;
}

function readInputs(kind: OperandKind, first: JQuery, second: JQuery | undefined): SavedValue {
  if (kind === 'none') return { value: '', valueType: 'str' };
  const type = first.typedInput('type');
  const valueType = SAVED_AS_TEXT.includes(type) ? 'str' : (type as ValueType);
  const value = first.typedInput('value');
  return {
    value: kind === 'range' ? [value, second?.typedInput('value') ?? ''] : value,
    valueType,
  };
}

function inputTypes(kind: OperandKind, translate: Translate): InputTypes {
  return TYPES_OF_KIND[kind].map((type) => (type === 'types' ? typeChoice(translate) : type));
}

function typeChoice(translate: Translate): WidgetTypedInputTypeDefinition {
  const options = TYPE_NAMES.map((value) => ({
    value,
    label: translate(`webhook-filter.option.type.${value}`),
  }));
  // `multiple` and `default` are missing in the type declarations.
  const choice = { value: 'types', multiple: true, default: ['string'], options };
  return choice;
}

/** The two values of a range that was saved as a list, or as JSON of one. */
function boundsOf(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  try {
    const parsed: unknown = JSON.parse(String(value));
    return Array.isArray(parsed) ? parsed : [value];
  } catch {
    return [value];
  }
}

/** A value that was written into the flow by hand, as the form shows it. */
function formText(value: unknown): string {
  if (value === undefined) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

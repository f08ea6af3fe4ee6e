import { DEFAULT_CONDITION } from '../../../src/filter/options';
import {
  OPERATOR_NAMES,
  OPERATORS,
  readRules,
  SOURCE_NAMES,
  SOURCES,
  type Condition,
  type Operator,
  type OperandKind,
  type Source,
  type ValueType,
} from '../../../src/filter/rule';

export type Translate = (key: string) => string;

/** The types of value that make sense for what an operator compares with. */
const TYPES_OF_OPERAND: Readonly<Record<OperandKind, readonly ValueType[]>> = {
  none: ['str'],
  value: ['str', 'num', 'bool', 'json'],
  list: ['str', 'json'],
  globs: ['str', 'json'],
  pattern: ['str'],
};

interface Inputs {
  readonly source: JQuery;
  readonly key: JQuery;
  readonly operator: JQuery;
  readonly value: JQuery;
  readonly valueBox: JQuery;
}

/** Fills a row with the inputs of a condition; returns the function that reads them. */
export function fillConditionRow(
  row: JQuery,
  saved: Partial<Condition>,
  translate: Translate,
): () => Condition {
  const condition: Condition = { ...DEFAULT_CONDITION, ...saved };
  row.addClass('webhook-filter-condition');
  const inputs: Inputs = {
    source: select(SOURCE_NAMES, 'on', translate).val(condition.on).appendTo(row),
    key: labelled($('<input type="text" class="webhook-filter-key">'), 'key', translate)
      .val(condition.key)
      .appendTo(row),
    operator: select(OPERATOR_NAMES, 'op', translate).val(condition.op).appendTo(row),
    valueBox: $('<div class="webhook-filter-value">').appendTo(row),
    value: labelled($('<input type="text">'), 'value', translate),
  };
  inputs.value.appendTo(inputs.valueBox).typedInput({ types: [...TYPES_OF_OPERAND.value] });
  const read = (): Condition => readInputs(inputs);
  const refresh = (): void => {
    showApplicable(inputs, translate);
    markProblem(row, read());
  };
  showApplicable(inputs, translate);
  inputs.value.typedInput('type', condition.valueType);
  inputs.value.typedInput('value', formText(condition.value));
  row.on('change keyup', refresh);
  refresh();
  return read;
}

function select(options: readonly string[], field: string, translate: Translate) {
  const element = labelled($('<select>').addClass(`webhook-filter-${field}`), field, translate);
  for (const option of options) {
    const text = translate(`webhook-filter.option.${field}.${option}`);
    $('<option>').val(option).text(text).appendTo(element);
  }
  return element;
}

function labelled(element: JQuery, field: string, translate: Translate): JQuery {
  return element.attr('aria-label', translate(`webhook-filter.label.${field}`));
}

/** A value that was written into the flow by hand, as the form shows it. */
function formText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function readInputs({ source, key, operator, value }: Inputs): Condition {
  const on = source.val() as Source;
  const op = operator.val() as Operator;
  const hasValue = OPERATORS[op] !== 'none';
  return {
    on,
    key: SOURCES[on] === 'none' ? '' : String(key.val() ?? '').trim(),
    op,
    value: hasValue ? value.typedInput('value') : '',
    valueType: hasValue ? (value.typedInput('type') as ValueType) : 'str',
  };
}

/** Shows the inputs that mean something for this source and operator. */
function showApplicable({ source, key, operator, value, valueBox }: Inputs, translate: Translate) {
  const keyKind = SOURCES[source.val() as Source];
  const operand: OperandKind = OPERATORS[operator.val() as Operator];
  key.toggle(keyKind !== 'none');
  key.attr('placeholder', translate(`webhook-filter.placeholder.key.${keyKind}`));
  valueBox.toggle(operand !== 'none');
  const types = TYPES_OF_OPERAND[operand];
  if (valueBox.data('types') === types.join()) return;
  valueBox.data('types', types.join());
  value.typedInput('types', [...types]);
}

function markProblem(row: JQuery, condition: Condition): void {
  const read = readRules([{ name: 'x', match: 'all', conditions: [condition] }]);
  const problem = read.ok ? '' : read.problem.replace(/^.*?condition 1: /, '');
  let line = row.find('.webhook-filter-problem');
  if (line.length === 0)
    line = $('<div class="webhook-filter-problem" role="alert">').appendTo(row);
  line.text(problem).toggle(problem !== '');
}

import { DEFAULT_CONDITION } from '../../../src/filter/options';
import {
  OPERATOR_GROUPS,
  OPERATOR_NAMES,
  OPERATORS,
  OPERATORS_FOR,
  readRules,
  SOURCE_NAMES,
  SOURCES,
  type Condition,
  type Operator,
  type Source,
} from '../../../src/filter/rule';
import type { Translate } from '../../shared/editor/translate';
import { said } from '../../shared/editor/said';
import { createValueInput, type ValueInput } from './value-input';

interface Inputs {
  readonly source: JQuery;
  readonly key: JQuery;
  readonly operator: JQuery;
  readonly value: ValueInput;
}

/** Fills a row with the inputs of a condition; returns the function that reads them. */
export function fillConditionRow(
  row: JQuery,
  saved: Partial<Condition>,
  translate: Translate,
): () => Condition {
  const condition: Condition = { ...DEFAULT_CONDITION, ...saved };
  row.addClass('webhook-filter-condition');
  const source = select(SOURCE_NAMES, 'on', translate).val(condition.on).appendTo(row);
  const key = labelled($('<input type="text" class="webhook-filter-key">'), 'key', translate)
    .val(condition.key)
    .appendTo(row);
  const operator = labelled($('<select class="webhook-filter-op">'), 'op', translate).appendTo(row);
  offerOperators(operator, condition.on, condition.op, translate);
  const box = $('<div class="webhook-filter-value">').appendTo(row);
  const value = createValueInput(box, operandOf(operator), condition, translate);
  const inputs: Inputs = { source, key, operator, value };
  const read = (): Condition => readInputs(inputs);
  const refresh = (): void => {
    showApplicable(inputs, translate);
    markProblem(row, read());
  };
  source.on('change', () => {
    offerOperators(operator, source.val() as Source, operator.val() as Operator | null, translate);
  });
  row.on('change keyup', refresh);
  refresh();
  return read;
}

/** What the chosen operator compares with. An operator that is not known is shown as the first one. */
function operandOf(operator: JQuery) {
  return OPERATORS[(operator.val() ?? OPERATOR_NAMES[0]) as Operator];
}

function select(options: readonly string[], field: string, translate: Translate) {
  const element = labelled($('<select>').addClass(`webhook-filter-${field}`), field, translate);
  for (const option of options) {
    const text = translate(`webhook-filter.option.${field}.${option}`);
    $('<option>').val(option).text(text).appendTo(element);
  }
  return element;
}

/**
 * Fills in the operators that make sense for a source, by what they are for. What a flow came with stays;
 * what was chosen for another source and makes no sense for this one becomes "is".
 */
function offerOperators(
  element: JQuery,
  source: Source,
  chosen: Operator | null,
  translate: Translate,
): void {
  const isNew = element.children().length === 0;
  // A source that is not known is said to be one elsewhere.
  const offered = [...(OPERATORS_FOR[source] ?? OPERATOR_NAMES)];
  if (isNew && chosen !== null && OPERATOR_NAMES.includes(chosen)) offered.push(chosen);
  element.empty();
  for (const [group, operators] of Object.entries(OPERATOR_GROUPS)) {
    const shown = operators.filter((operator) => offered.includes(operator));
    if (shown.length === 0) continue;
    const label = translate(`webhook-filter.group.${group}`);
    const options = $('<optgroup>').attr('label', label).appendTo(element);
    for (const operator of shown) {
      const text = translate(`webhook-filter.option.op.${operator}`);
      $('<option>').val(operator).text(text).appendTo(options);
    }
  }
  element.val(isNew || (chosen !== null && offered.includes(chosen)) ? (chosen ?? '') : 'eq');
}

function labelled(element: JQuery, field: string, translate: Translate): JQuery {
  return element.attr('aria-label', translate(`webhook-filter.label.${field}`));
}

function readInputs({ source, key, operator, value }: Inputs): Condition {
  const on = source.val() as Source;
  return {
    on,
    key: SOURCES[on] === 'none' ? '' : String(key.val() ?? '').trim(),
    op: operator.val() as Operator,
    ...value.read(),
  } as Condition;
}

/** Shows the inputs that mean something for this source and operator. */
function showApplicable({ source, key, operator, value }: Inputs, translate: Translate): void {
  const keyKind = SOURCES[source.val() as Source];
  key.toggle(keyKind !== 'none');
  key.attr('placeholder', translate(`webhook-filter.placeholder.key.${keyKind}`));
  value.show(operandOf(operator));
}

function markProblem(row: JQuery, condition: Condition): void {
  const read = readRules([{ name: 'x', match: 'all', conditions: [condition] }]);
  const problem = read.ok ? '' : said(read.problem.replace(/^.*?condition 1: /, ''));
  let line = row.find('.webhook-filter-problem');
  if (line.length === 0)
    line = $('<div class="webhook-filter-problem" role="alert">').appendTo(row);
  line.text(problem).toggle(problem !== '');
}

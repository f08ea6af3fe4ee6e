import { DEFAULT_CONDITION } from '../../../src/filter/options';
import { MATCH_KINDS, type Condition, type MatchKind, type Rule } from '../../../src/filter/rule';
import { keyboardList } from '../../shared/editor/keyboard-list';
import { listItems } from '../../shared/editor/list-items';
import type { Translate } from '../../shared/editor/translate';
import { fillConditionRow } from './condition-row';
import { outputMap } from './output-map';

/** What an editable list keeps for a rule. `rule` is missing where the user adds one. */
interface RuleItem {
  rule?: Rule;
  /** Its index before the edit. */
  origin?: number;
  read?: () => Rule;
}

interface ConditionItem {
  condition?: Condition;
  read?: () => Condition;
}

export interface RuleList {
  read(): Rule[];
  resize(height: number): void;
}

/** Turns a list element into the editor of rules; keeps `outputs` in step with them. */
export function createRuleList(
  list: JQuery,
  outputs: JQuery,
  rules: readonly Rule[],
  translate: Translate,
): RuleList {
  const refresh = (): void => {
    const items = listItems<RuleItem>(list);
    const origins = items.map(({ origin }) => origin ?? null);
    outputs.val(JSON.stringify(outputMap(rules.length, origins)));
    list.find('.webhook-filter-number').each((index, element) => {
      const output = String(index + 1);
      $(element)
        .text(`→ ${output}`)
        .attr('title', translate('webhook-filter.label.output', { output }));
    });
  };
  list.editableList({
    addButton: translate('webhook-filter.action.addRule'),
    sortable: true,
    removable: true,
    addItem(container: JQuery, index: number, item: RuleItem) {
      item.read = fillRule(container, item.rule ?? newRule(index, translate), translate);
      duplicateButton(container, translate).on('click', () => {
        const at = listItems<RuleItem>(list).indexOf(item);
        const rule = item.read?.();
        if (rule === undefined) return;
        // Its type declarations lack this one.
        Reflect.apply(list.editableList, list, ['insertItemAt', { rule: copyOf(rule) }, at + 1]);
        refresh();
      });
      refresh();
    },
    removeItem: refresh,
    sortItems: refresh,
  });
  keyboardList(list, refresh);
  for (const [origin, rule] of rules.entries()) list.editableList('addItem', { rule, origin });
  refresh();
  // Each item that is added is scrolled to, a moment later.
  setTimeout(() => list.closest('.red-ui-editableList-container').scrollTop(0));
  return {
    read: () =>
      listItems<RuleItem>(list).flatMap(({ read }) => (read === undefined ? [] : [read()])),
    resize: (height) => list.editableList('height', height),
  };
}

function duplicateButton(container: JQuery, translate: Translate): JQuery {
  const text = translate('webhook-filter.action.duplicate');
  return $('<button type="button" class="red-ui-button red-ui-button-small webhook-filter-copy">')
    .attr({ title: text, 'aria-label': text })
    .append($('<i class="fa fa-clone">'))
    .appendTo(container.find('.webhook-filter-head'));
}

/** Two rules of one name could not be told apart at the outputs. */
function copyOf(rule: Rule): Rule {
  return { ...rule, name: `${rule.name} 2` };
}

function newRule(index: number, translate: Translate): Rule {
  const name = `${translate('webhook-filter.label.rule')} ${index + 1}`;
  return { name, match: 'all', conditions: [DEFAULT_CONDITION] };
}

/** Fills an item with the form of a rule; returns the function that reads it. */
function fillRule(container: JQuery, rule: Rule, translate: Translate): () => Rule {
  const head = $('<div class="webhook-filter-head">').appendTo(container);
  const name = $('<input type="text" class="webhook-filter-name">')
    .attr('aria-label', translate('webhook-filter.label.ruleName'))
    .attr('placeholder', translate('webhook-filter.label.ruleName'))
    .val(rule.name)
    .appendTo(head);
  const match = $('<select class="webhook-filter-match">')
    .attr('aria-label', translate('webhook-filter.label.match'))
    .appendTo(head);
  for (const kind of MATCH_KINDS) {
    $('<option>')
      .val(kind)
      .text(translate(`webhook-filter.option.match.${kind}`))
      .appendTo(match);
  }
  match.val(rule.match);
  $('<span class="webhook-filter-number">').appendTo(head);
  const conditions = $('<ol class="webhook-filter-conditions">').appendTo(container);
  fillConditions(conditions, rule.conditions, translate);
  return () => ({
    name: String(name.val() ?? '').trim(),
    match: match.val() as MatchKind,
    conditions: listItems<ConditionItem>(conditions).flatMap(({ read }) =>
      read === undefined ? [] : [read()],
    ),
  });
}

function fillConditions(
  list: JQuery,
  conditions: readonly Condition[],
  translate: Translate,
): void {
  list.editableList({
    addButton: translate('webhook-filter.action.addCondition'),
    height: 'auto',
    sortable: true,
    removable: true,
    addItem(row: JQuery, _index: number, item: ConditionItem) {
      item.read = fillConditionRow(row, item.condition ?? {}, translate);
    },
  });
  keyboardList(list);
  for (const condition of conditions) list.editableList('addItem', { condition });
}

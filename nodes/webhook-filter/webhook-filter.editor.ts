import { readRules, type Rule } from '../../src/filter/rule';
import { editorDefaults } from '../shared/editor/editor-defaults';
import { prepareForm } from '../shared/editor/prepare-form';
import { RED, type EditedNode } from '../shared/editor/red';
import { said } from '../shared/editor/said';
import { createRuleList, type RuleList } from './editor/rule-list';
import { prepareTrial } from './editor/trial';
import { FIELDS } from './webhook-filter.config';

RED.nodes.registerType('webhook-filter', {
  category: 'webhooks',
  color: '#C7DDF2',
  defaults: editorDefaults(FIELDS, {
    rules: { value: structuredClone(FIELDS.rules.value), validate: checkRules },
  }),
  inputs: 1,
  outputs: FIELDS.outputs.value,
  icon: 'webhook-filter.svg',
  paletteLabel: 'webhook filter',
  label() {
    return this.name || this._('webhook-filter.label.default');
  },
  labelStyle() {
    return this.name ? 'node_label_italic' : '';
  },
  outputLabels(index) {
    return rulesOf(this)[index]?.name ?? this._('webhook-filter.output.noMatch');
  },
  oneditprepare() {
    prepareForm(this, FIELDS, { own: ['rules'] });
    const list = createRuleList(
      $('#node-input-rules-list'),
      $('#node-input-outputs'),
      rulesOf(this),
      (key, values) => this._(key, values),
    );
    $('#node-input-rules-list').data('rules', list);
    prepareTrial(this, {
      rules: () => list.read(),
      mode: () => String($('#node-input-mode').val()),
      onResize: fitRules,
    });
  },
  oneditsave() {
    this.rules = ruleList().read();
  },
  oneditresize({ height }) {
    $('#node-input-rules-list').data('height', height);
    fitRules();
  },
});

/** The rules get what the other parts of the form leave. */
function fitRules(): void {
  const height = Number($('#node-input-rules-list').data('height'));
  const others = $('#dialog-form > .form-row').not('.webhook-filter-rules').get();
  const used = others.reduce((sum, row) => sum + ($(row).outerHeight(true) ?? 0), 0);
  if (height > 0) ruleList().resize(Math.max(height - used - 10, 200));
}

function ruleList(): RuleList {
  return $('#node-input-rules-list').data('rules') as RuleList;
}

function rulesOf(node: EditedNode): readonly Rule[] {
  return (node.rules ?? FIELDS.rules.value) as readonly Rule[];
}

/**
 * True, or why the rules can't be used. Node-RED shows the reason only of a validator that takes two
 * arguments.
 */
// eslint-disable-next-line @typescript-eslint/no-unused-vars
function checkRules(rules: unknown, _options: unknown): boolean | string {
  // What a flow file leaves out has its default.
  const read = readRules(rules ?? FIELDS.rules.value);
  return read.ok ? true : said(read.problem);
}

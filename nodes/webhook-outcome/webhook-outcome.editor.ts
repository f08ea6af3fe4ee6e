import { editorDefaults } from '../shared/editor/editor-defaults';
import { prepareForm } from '../shared/editor/prepare-form';
import { RED } from '../shared/editor/red';
import { FIELDS, REASON_TYPES } from './webhook-outcome.config';

RED.nodes.registerType('webhook-outcome', {
  category: 'webhooks',
  color: '#C7DDF2',
  defaults: editorDefaults(FIELDS),
  inputs: 1,
  outputs: 0,
  icon: 'webhook-outcome.svg',
  align: 'right',
  paletteLabel: 'webhook outcome',
  label() {
    return (
      this.name || this._(`webhook-outcome.option.outcome.${this.outcome ?? FIELDS.outcome.value}`)
    );
  },
  labelStyle() {
    return this.name ? 'node_label_italic' : '';
  },
  oneditprepare() {
    prepareForm(this, FIELDS);
    $('#node-input-reason').typedInput({
      types: [...REASON_TYPES],
      default: 'str',
      typeField: '#node-input-reasonType',
    });
    const outcome = $('#node-input-outcome');
    const showReason = (): void => {
      $('#webhook-outcome-reason').toggle(outcome.val() !== 'success');
    };
    outcome.on('change', showReason);
    showReason();
  },
});

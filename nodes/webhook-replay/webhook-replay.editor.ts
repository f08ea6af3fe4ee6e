import { editorDefaults } from '../shared/editor/editor-defaults';
import { prepareForm } from '../shared/editor/prepare-form';
import { RED } from '../shared/editor/red';
import { createQueryList } from './editor/query-list';
import { FIELDS, type QueryCondition } from './webhook-replay.config';

RED.nodes.registerType('webhook-replay', {
  category: 'webhooks',
  color: '#C7DDF2',
  defaults: editorDefaults(FIELDS),
  inputs: 1,
  outputs: 1,
  icon: 'webhook-replay.svg',
  outputLabels() {
    return this._('webhook-replay.output.result');
  },
  paletteLabel: 'webhook replay',
  label() {
    return (
      this.name ||
      this._(`webhook-replay.option.action.${String(this['action'] ?? FIELDS.action.value)}`)
    );
  },
  labelStyle() {
    return this.name ? 'node_label_italic' : '';
  },
  oneditprepare() {
    const list = $('#node-input-query-list');
    const readQuery = (): QueryCondition[] => (list.data('read') as () => QueryCondition[])();
    prepareForm(this, FIELDS, { read: { query: readQuery } });
    $('#node-input-eventId').typedInput({
      types: ['msg', 'str'],
      typeField: '#node-input-eventIdType',
    });
    const conditions = (this.query ?? FIELDS.query.value) as readonly QueryCondition[];
    list.data(
      'read',
      createQueryList(list, conditions, (key) => this._(key)),
    );
    const showApplicable = (): void => {
      const action = String($('#node-input-action').val());
      $('.form-row[data-actions]').each((_, row) => {
        $(row).toggle(($(row).attr('data-actions') ?? '').split(' ').includes(action));
      });
    };
    $('#node-input-action').on('change', showApplicable);
    showApplicable();
  },
  oneditsave() {
    const read = $('#node-input-query-list').data('read') as () => QueryCondition[];
    this.query = read();
  },
});

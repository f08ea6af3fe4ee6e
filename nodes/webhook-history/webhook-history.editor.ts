import { editorDefaults } from '../shared/editor/editor-defaults';
import { RED } from '../shared/editor/red';
import { FIELDS } from './webhook-history.config';

RED.nodes.registerType('webhook-history', {
  category: 'config',
  defaults: editorDefaults(FIELDS),
  label() {
    return this.name || this.path;
  },
  oneditprepare() {
    $('#node-config-input-redactHeaders-text').val((this.redactHeaders ?? []).join(', '));
  },
  oneditsave() {
    const names = String($('#node-config-input-redactHeaders-text').val() ?? '');
    this.redactHeaders = names.split(/[\s,]+/).filter((name) => name !== '');
  },
});

import { editorDefaults } from '../shared/editor/editor-defaults';
import { RED } from '../shared/editor/red';
import { CREDENTIALS, FIELDS } from './webhook-history.config';

RED.nodes.registerType('webhook-history', {
  category: 'config',
  defaults: editorDefaults(FIELDS),
  credentials: CREDENTIALS,
  label() {
    return this.name || (this.store === 'postgres' ? `PostgreSQL: ${this.schema}` : this.path);
  },
  oneditprepare() {
    const store = $('#node-config-input-store');
    store.on('change', () => showRowsOf(String(store.val())));
    showRowsOf(this.store);
    $('#node-config-input-redactHeaders-text').val((this.redactHeaders ?? []).join(', '));
  },
  oneditsave() {
    const names = String($('#node-config-input-redactHeaders-text').val() ?? '');
    this.redactHeaders = names.split(/[\s,]+/).filter((name) => name !== '');
  },
});

/** What belongs to one kind of store only. */
function showRowsOf(store: string): void {
  for (const kind of ['sqlite', 'postgres']) $(`[data-store="${kind}"]`).toggle(kind === store);
}

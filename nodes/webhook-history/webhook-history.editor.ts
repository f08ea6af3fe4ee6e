import { editorDefaults } from '../shared/editor/editor-defaults';
import { readList, writeList } from '../shared/editor/list-input';
import { prepareForm } from '../shared/editor/prepare-form';
import { RED } from '../shared/editor/red';
import { CREDENTIALS, FIELDS } from './webhook-history.config';

const REDACTED = '#node-config-input-redactHeaders-text';

RED.nodes.registerType('webhook-history', {
  category: 'config',
  defaults: editorDefaults(FIELDS),
  credentials: CREDENTIALS,
  label() {
    return this.name || (this.store === 'postgres' ? `PostgreSQL: ${this.schema}` : this.path);
  },
  oneditprepare() {
    prepareForm(this, FIELDS, {
      prefix: 'node-config-input',
      read: { redactHeaders: () => readList(REDACTED) },
    });
    const store = $('#node-config-input-store');
    store.on('change', () => showRowsOf(String(store.val())));
    showRowsOf(String(store.val()));
    writeList(REDACTED, this.redactHeaders);
  },
  oneditsave() {
    this.redactHeaders = readList(REDACTED);
  },
});

/** What belongs to one kind of store only. */
function showRowsOf(store: string): void {
  for (const kind of ['sqlite', 'postgres']) $(`[data-store="${kind}"]`).toggle(kind === store);
}

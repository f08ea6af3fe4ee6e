import { compileFields } from '../../src/sync/mapping/fields';
import { editorDefaults } from '../shared/editor/editor-defaults';
import { prepareForm } from '../shared/editor/prepare-form';
import { createNameValueList } from '../shared/editor/name-value-list';
import { RED, type EditedNode } from '../shared/editor/red';
import { said } from '../shared/editor/said';
import { FIELDS } from './apilinker-sync.config';
import { fillEndpoints } from './editor/endpoint-select';
import { createFieldList, type FieldList } from './editor/field-list';
import { openImportDialog } from './editor/import-dialog';
import { preparePreview } from './editor/preview';

RED.nodes.registerType('apilinker-sync', {
  category: 'webhooks',
  color: '#C7DDF2',
  defaults: editorDefaults(FIELDS, {
    target: { value: '', type: 'apilinker-connection', required: true },
    targetEndpoint: { value: '', required: true },
    fields: { value: [], validate: checkFields },
  }),
  inputs: 1,
  outputs: 2,
  icon: 'apilinker-sync.svg',
  paletteLabel: 'apilinker sync',
  label() {
    return this.name || this.targetEndpoint || this._('apilinker-sync.label.default');
  },
  labelStyle() {
    return this.name ? 'node_label_italic' : '';
  },
  outputLabels(index) {
    return this._(index === 0 ? 'apilinker-sync.output.done' : 'apilinker-sync.output.failed');
  },
  oneditprepare() {
    prepareForm(this, FIELDS, {
      read: { params: readParams },
      required: ['target', 'targetEndpoint'],
      own: ['fields'],
    });
    prepareSource(this);
    fillEndpoints($('#node-input-targetEndpoint'), $('#node-input-target'), this.targetEndpoint);
    const fields = $('#node-input-fields-list');
    fields.data(
      'fields',
      createFieldList(fields, this.fields ?? [], (key) => this._(key)),
    );
    $('#node-input-sendMode').on('change', showBatch);
    showBatch();
    const params = $('#node-input-params-list');
    const texts = {
      add: this._('apilinker-sync.action.addParam'),
      name: this._('apilinker-sync.label.param.name'),
      value: this._('apilinker-sync.label.param.value'),
      valuePlaceholder: this._('apilinker-sync.placeholder.param.value'),
    };
    params.data('read', createNameValueList(params, this.params ?? [], texts));
    preparePreview(this, { fields: () => fieldList().read(), property: sampleProperty });
    $('#apilinker-sync-import').on('click', () => {
      $('#node-dialog-cancel').trigger('click');
      openImportDialog(this);
    });
  },
  oneditsave() {
    this.fields = fieldList().read();
    this.params = readParams();
    // Node-RED reads this select after us; "_ADD_" is its word for none.
    if (isMessageSource()) $('#node-input-source').val('_ADD_');
  },
  oneditresize({ height }) {
    const others = $('#dialog-form > .form-row:visible').not('.apilinker-fields').get();
    const used = others.reduce((sum, row) => sum + ($(row).outerHeight(true) ?? 0), 0);
    fieldList().resize(Math.max(height - used - 60, 260));
  },
});

function showBatch(): void {
  $('.apilinker-batch').toggle($('#node-input-sendMode').val() === 'batch');
}

/** Either the message or an API: only what the choice needs is shown. */
function prepareSource(node: EditedNode): void {
  const kind = $('#node-input-sourceKind');
  kind.val(node.source ? 'api' : 'message');
  const show = (): void => {
    const message = isMessageSource();
    $('.apilinker-source-message').toggle(message);
    $('.apilinker-source-api').toggle(!message);
  };
  kind.on('change', show);
  show();
  const property = $('#node-input-sourceProperty');
  property.typedInput({ types: ['msg'], default: 'msg' });
  fillEndpoints($('#node-input-sourceEndpoint'), $('#node-input-source'), node.sourceEndpoint);
}

function isMessageSource(): boolean {
  return $('#node-input-sourceKind').val() === 'message';
}

/** A sample is what a webhook has as its payload; data elsewhere in a message is pasted as it is. */
function sampleProperty(): string | null {
  if (!isMessageSource()) return null;
  const property = $('#node-input-sourceProperty').typedInput('value');
  return /^payload(?:$|[.[])/.test(property) ? property : null;
}

function readParams(): unknown[] {
  return ($('#node-input-params-list').data('read') as () => unknown[])();
}

function fieldList(): FieldList {
  return $('#node-input-fields-list').data('fields') as FieldList;
}

/** True, or what is wrong with the mapping. */
function checkFields(fields: unknown): boolean | string {
  const [first] = compileFields(fields).problems;
  return first === undefined ? true : said(first);
}

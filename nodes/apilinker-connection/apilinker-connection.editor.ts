import { createNameValueList } from '../shared/editor/name-value-list';
import { editorDefaults } from '../shared/editor/editor-defaults';
import { prepareForm } from '../shared/editor/prepare-form';
import { RED } from '../shared/editor/red';
import { CREDENTIALS, FIELDS } from './apilinker-connection.config';
import { createEndpointList } from './editor/endpoint-list';
import { prepareTestButton } from './editor/test-button';

RED.nodes.registerType('apilinker-connection', {
  category: 'config',
  color: '#C7DDF2',
  defaults: editorDefaults(FIELDS),
  credentials: CREDENTIALS,
  label() {
    return this.name || this.baseUrl || this._('apilinker-connection.label.default');
  },
  oneditprepare() {
    prepareForm(this, FIELDS, {
      prefix: 'node-config-input',
      read: {
        endpoints: () => readList('endpoints'),
        defaultHeaders: () => readList('defaultHeaders'),
      },
    });
    const translate = (key: string): string => this._(key);
    const endpoints = $('#node-config-input-endpoints-list');
    endpoints.data('read', createEndpointList(endpoints, this.endpoints ?? [], translate));
    const headers = $('#node-config-input-defaultHeaders-list');
    const texts = {
      add: this._('apilinker-connection.action.addHeader'),
      name: this._('apilinker-connection.placeholder.headerName'),
      value: this._('apilinker-connection.label.headerValue'),
      valuePlaceholder: this._('apilinker-connection.label.headerValue'),
    };
    headers.data('read', createNameValueList(headers, this.defaultHeaders ?? [], texts));
    $('#node-config-input-auth, #node-config-input-apiKeyIn').on('change', showAuth);
    showAuth();
    prepareTestButton(this);
  },
  oneditsave() {
    this.endpoints = readList('endpoints');
    this.defaultHeaders = readList('defaultHeaders');
  },
});

/** Only what the chosen kind of authentication needs. */
function showAuth(): void {
  const type = String($('#node-config-input-auth').val());
  $('[data-auth]').each((_, row) => {
    $(row).toggle($(row).attr('data-auth') === type);
  });
  const inQuery = $('#node-config-input-apiKeyIn').val() === 'query';
  $('#node-config-input-apiKeyName').attr('placeholder', inQuery ? 'api_key' : 'X-API-Key');
}

function readList(field: string): unknown[] {
  const read = $(`#node-config-input-${field}-list`).data('read') as () => unknown[];
  return read();
}

import { editorDefaults } from '../shared/editor/editor-defaults';
import { prepareForm } from '../shared/editor/prepare-form';
import { RED } from '../shared/editor/red';
import { CREDENTIALS, FIELDS } from './webhook-listener.config';

RED.nodes.registerType('webhook-listener', {
  category: 'config',
  defaults: editorDefaults(FIELDS),
  credentials: CREDENTIALS,
  label() {
    return this.name || `${this.host}:${this.port}`;
  },
  oneditprepare() {
    prepareForm(this, FIELDS, { prefix: 'node-config-input' });
    // Node-RED leaves out a default of 0 when a configuration node is added.
    const hops = $('#node-config-input-proxyHops');
    if (hops.val() === '') hops.val(FIELDS.proxyHops.value).trigger('change');
    const tls = $('#node-config-input-tls');
    const needsTls = $('#webhook-listener-client');
    const show = (): unknown => needsTls.toggle(!['', '_ADD_'].includes(String(tls.val() ?? '')));
    tls.on('change', show);
    show();
    const metrics = $('#node-config-input-metrics');
    const token = $('#webhook-listener-token');
    const showToken = (): unknown => token.toggle(metrics.prop('checked') === true);
    metrics.on('change', showToken);
    showToken();
  },
});

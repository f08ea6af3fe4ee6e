import { editorDefaults } from '../shared/editor/editor-defaults';
import { prepareForm } from '../shared/editor/prepare-form';
import { readList, readNumbers, writeList } from '../shared/editor/list-input';
import { RED } from '../shared/editor/red';
import { bindEndpointUrl } from './editor/endpoint-url';
import { readMethodBoxes, showMethodBoxes } from './editor/method-boxes';
import { readCustomScheme } from './editor/custom-scheme';
import { bindPathProblem } from './editor/path-problem';
import { chosenProvider } from './editor/provider-select';
import { readProviderSettings } from './editor/provider-settings';
import { bindTestEvent } from './editor/test-event';
import { readTokenForm } from './editor/token-form';
import { bindVerification } from './editor/verification';
import { CREDENTIALS, FIELDS, nameOf } from './webhook-in.config';

RED.nodes.registerType('webhook-in', {
  category: 'webhooks',
  color: '#C7DDF2',
  defaults: editorDefaults(FIELDS),
  credentials: CREDENTIALS,
  inputs: 0,
  outputs: 1,
  icon: 'webhook-in.svg',
  outputLabels() {
    return this._('webhook-in.output.event');
  },
  label() {
    if (!this.name && !this.path) return this._('webhook-in.palette');
    return nameOf({ name: this.name ?? '', path: this.path });
  },
  labelStyle() {
    return this.name ? 'node_label_italic' : '';
  },
  paletteLabel: 'webhook in',
  oneditprepare() {
    prepareForm(this, FIELDS, {
      read: {
        methods: readMethodBoxes,
        jwt: readTokenForm,
        allowedIps: () => readList('#webhook-in-allowedIps'),
        acceptStatus: () => readNumbers('#webhook-in-acceptStatus'),
      },
      // Said where they are entered.
      own: ['path', 'scheme', 'providerSettings'],
    });
    const translate = (key: string, words?: Record<string, string>): string => this._(key, words);
    bindEndpointUrl(translate);
    showMethodBoxes(this.methods ?? FIELDS.methods.value);
    bindPathProblem(this, translate);
    bindVerification(this, translate);
    bindTestEvent(this, translate);
    writeList('#webhook-in-allowedIps', this.allowedIps);
    writeList('#webhook-in-acceptStatus', this.acceptStatus);
  },
  oneditsave() {
    this.methods = readMethodBoxes();
    this.jwt = readTokenForm();
    this.providerSettings = readProviderSettings(
      (this.providerSettings ?? {}) as Record<string, string>,
    );
    this.scheme = chosenProvider() === 'custom' ? readCustomScheme() : (this.scheme ?? null);
    this.allowedIps = readList('#webhook-in-allowedIps');
    this.acceptStatus = readNumbers('#webhook-in-acceptStatus');
  },
});

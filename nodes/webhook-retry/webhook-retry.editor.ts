import { editorDefaults } from '../shared/editor/editor-defaults';
import { fillDefaults } from '../shared/editor/fill-defaults';
import { readNumbers, writeList } from '../shared/editor/list-input';
import { RED } from '../shared/editor/red';
import { backoffMs, retriesOf } from '../../src/retry/backoff';
import type { Strategy } from '../../src/retry/options';
import { parseSchedule } from '../../src/retry/schedule';
import { FIELDS } from './webhook-retry.config';

/** Delays that the preview lists before it says how many more there are. */
const LISTED = 6;
const PREVIEWED = [
  'strategy',
  'schedule',
  'maxRetries',
  'delaySeconds',
  'multiplier',
  'maxDelaySeconds',
] as const;

RED.nodes.registerType('webhook-retry', {
  category: 'webhooks',
  color: '#C7DDF2',
  defaults: editorDefaults(FIELDS),
  inputs: 1,
  outputs: 2,
  icon: 'webhook-retry.svg',
  paletteLabel: 'webhook retry',
  label() {
    return (
      this.name ||
      this._('webhook-retry.label.default', {
        count: retriesOf({
          strategy: this['strategy'] as Strategy,
          schedule: String(this['schedule']),
          maxRetries: Number(this['maxRetries']),
        }),
      })
    );
  },
  labelStyle() {
    return this.name ? 'node_label_italic' : '';
  },
  outputLabels(index) {
    return this._(index === 0 ? 'webhook-retry.output.attempt' : 'webhook-retry.output.exhausted');
  },
  oneditprepare() {
    fillDefaults(this, FIELDS);
    writeList('#webhook-retry-acceptStatus', this.acceptStatus);
    const preview = (): void => {
      const strategy = String($('#node-input-strategy').val());
      $('.form-row[data-strategies]').each((_, row) => {
        $(row).toggle(($(row).attr('data-strategies') ?? '').split(' ').includes(strategy));
      });
      $('#webhook-retry-preview').text(delays((key, values) => this._(key, values)));
    };
    for (const field of PREVIEWED) $(`#node-input-${field}`).on('change keyup', preview);
    preview();
  },
  oneditsave() {
    this.acceptStatus = readNumbers('#webhook-retry-acceptStatus');
  },
});

/** "1 s, 2 s, 4 s": what the values in the form mean. */
function delays(translate: (key: string, values?: Record<string, unknown>) => string): string {
  const value = (field: string): number => Number($(`#node-input-${field}`).val());
  const policy = {
    strategy: String($('#node-input-strategy').val()) as Strategy,
    schedule: String($('#node-input-schedule').val()),
    maxRetries: value('maxRetries'),
    delaySeconds: value('delaySeconds'),
    multiplier: value('multiplier'),
    maxDelaySeconds: value('maxDelaySeconds'),
  };
  if (policy.strategy === 'schedule' && parseSchedule(policy.schedule) === undefined) {
    return translate('webhook-retry.tip.badSchedule');
  }
  const retries = retriesOf(policy);
  const listed = Array.from(
    { length: Math.min(retries, LISTED) },
    (_, index) => `${backoffMs(policy, index + 1) / 1000} s`,
  );
  if (listed.length === 0 || listed.includes('NaN s')) return translate('webhook-retry.tip.never');
  const more = retries > LISTED ? ', …' : '';
  return translate('webhook-retry.tip.delays', { delays: listed.join(', ') + more });
}

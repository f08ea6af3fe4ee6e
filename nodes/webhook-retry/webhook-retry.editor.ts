import { editorDefaults } from '../shared/editor/editor-defaults';
import { prepareForm } from '../shared/editor/prepare-form';
import { readNumbers, writeList } from '../shared/editor/list-input';
import { RED } from '../shared/editor/red';
import { retriesOf } from '../../src/retry/backoff';
import { RETRY_DEFAULTS, type RetryPolicy, type Strategy } from '../../src/retry/options';
import { PRESETS, type PresetName } from '../../src/retry/presets';
import { drawTimeline } from './editor/timeline';
import { FIELDS } from './webhook-retry.config';

/** What the timeline is drawn from. */
const DRAWN = [
  ...([
    'strategy',
    'schedule',
    'maxRetries',
    'delaySeconds',
    'multiplier',
    'maxDelaySeconds',
  ] as const),
  ...(['jitterPercent', 'maxAgeHours', 'timeoutSeconds'] as const),
];

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
          strategy: (this['strategy'] ?? RETRY_DEFAULTS.strategy) as Strategy,
          schedule: String(this['schedule'] ?? RETRY_DEFAULTS.schedule),
          maxRetries: Number(this['maxRetries'] ?? RETRY_DEFAULTS.maxRetries),
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
    prepareForm(this, FIELDS, {
      read: { acceptStatus: () => readNumbers('#webhook-retry-acceptStatus') },
    });
    writeList('#webhook-retry-acceptStatus', this.acceptStatus);
    const words = (key: string, values?: Record<string, unknown>): string =>
      this._(`webhook-retry.timeline.${key}`, values);
    const draw = (): void => {
      const strategy = String($('#node-input-strategy').val());
      $('.form-row[data-strategies]').each((_, row) => {
        $(row).toggle(($(row).attr('data-strategies') ?? '').split(' ').includes(strategy));
      });
      drawTimeline(
        $('#webhook-retry-timeline'),
        policyOfForm(),
        numberOf('timeoutSeconds') * 1000,
        words,
      );
    };
    for (const field of DRAWN) $(`#node-input-${field}`).on('change keyup input', draw);
    $('#webhook-retry-preset').on('change', (event) => {
      applyPreset($(event.currentTarget));
      draw();
    });
    draw();
  },
  oneditsave() {
    this.acceptStatus = readNumbers('#webhook-retry-acceptStatus');
  },
});

/** Sets the fields that say when to retry; the others stay. */
function applyPreset(select: JQuery): void {
  const name = String(select.val());
  select.val('');
  if (!Object.hasOwn(PRESETS, name)) return;
  for (const [field, value] of Object.entries(PRESETS[name as PresetName])) {
    $(`#node-input-${field}`)
      .val(value === null ? '' : String(value))
      .trigger('change');
  }
}

function policyOfForm(): RetryPolicy {
  const maxAge = String($('#node-input-maxAgeHours').val() ?? '').trim();
  return {
    ...RETRY_DEFAULTS,
    strategy: String($('#node-input-strategy').val()) as Strategy,
    schedule: String($('#node-input-schedule').val()),
    maxRetries: numberOf('maxRetries'),
    delaySeconds: numberOf('delaySeconds'),
    multiplier: numberOf('multiplier'),
    maxDelaySeconds: numberOf('maxDelaySeconds'),
    jitterPercent: numberOf('jitterPercent'),
    maxAgeHours: maxAge === '' ? null : Number(maxAge),
  };
}

function numberOf(field: string): number {
  return Number($(`#node-input-${field}`).val());
}

import type { ProviderSetting } from '../../../src/signature/provider';
import { chosenProvider, findChoice } from './provider-select';

const ROWS = '#webhook-in-providerSettings';

/** The inputs for what a sender needs beside the secret; values of another sender's are kept. */
export function showProviderSettings(values: Readonly<Record<string, string>>): void {
  const settings = findChoice(chosenProvider())?.settings ?? [];
  const rows = $(ROWS).empty();
  for (const setting of settings.filter(({ credential }) => credential !== true)) {
    addRow(rows, setting, values[setting.key] ?? '');
  }
  const token = settings.find(({ credential }) => credential === true);
  $('.webhook-in-verifyToken').toggle(token !== undefined);
  $('#webhook-in-verifyToken-label').text(token?.label ?? '');
}

/** What stands in the inputs, over what was there before. */
export function readProviderSettings(
  before: Readonly<Record<string, string>>,
): Record<string, string> {
  const values = { ...before };
  $(ROWS)
    .find('input')
    .each((_index, input) => {
      const key = $(input).attr('data-setting') ?? '';
      const value = ($(input).val() ?? '').trim();
      if (value === '') Reflect.deleteProperty(values, key);
      else values[key] = value;
    });
  return values;
}

function addRow(rows: JQuery, { key, label }: ProviderSetting, value: string): void {
  const id = `webhook-in-setting-${key}`;
  const caption = $('<label>', { for: id }).append(
    $('<i>', { class: 'fa fa-cog' }),
    ' ',
    $('<span>').text(label),
  );
  const input = $('<input>', { type: 'text', id, 'data-setting': key }).val(value);
  $('<div>', { class: 'form-row' }).append(caption, input).appendTo(rows);
}

import type { TransformParams } from '../../../src/sync/mapping/plugin-transforms';
import type { Translate } from '../../shared/editor/translate';
import { createTyped } from './typed-input';

/**
 * More values that a template may name, a row each, and a button for another one. Returns the function
 * that reads them; rows without a name are left out.
 */
export function createNames(
  box: JQuery,
  names: TransformParams,
  taken: readonly string[],
  translate: Translate,
): () => TransformParams {
  const add = (name: string, value: unknown): JQuery =>
    createRow(name, value, taken, translate).insertBefore(more);
  const title = translate('apilinker-sync.action.addName');
  const more = $('<button type="button" class="apilinker-step-addName">')
    .attr('title', title)
    .append($('<i class="fa fa-plus">'), ' ', document.createTextNode(title))
    .on('click', () => add('', '').find('input').first().trigger('focus'))
    .appendTo(box);
  for (const [name, value] of Object.entries(names)) add(name, value);
  return () => {
    const rows = box.children('.apilinker-field-name').get();
    const read = rows.map((row) => ($(row).data('read') as () => [string, unknown])());
    // Of entries, since a name may be `__proto__`.
    return Object.fromEntries(read.filter(([name]) => name !== '' && !taken.includes(name)));
  };
}

function createRow(
  name: string,
  value: unknown,
  taken: readonly string[],
  translate: Translate,
): JQuery {
  const label = translate('apilinker-sync.label.step.name');
  const row = $('<span class="apilinker-field-name">');
  const input = $('<input type="text" class="apilinker-step-name">')
    .attr({ 'aria-label': label, placeholder: label })
    .val(name)
    .appendTo(row);
  const trimmed = (): string => String(input.val() ?? '').trim();
  input.on('input change', () => input.toggleClass('input-error', taken.includes(trimmed())));
  $('<span>').text('=').appendTo(row);
  const readValue = createTyped($('<span class="apilinker-field-typed">').appendTo(row), value, {
    part: 'value',
    translate,
  });
  const title = translate('apilinker-sync.action.removeName');
  $('<button type="button">')
    .attr({ title, 'aria-label': title })
    .append($('<i class="fa fa-times">'))
    .on('click', () => {
      const box = row.parent();
      row.remove();
      box.find('.apilinker-step-addName').trigger('focus').trigger('change');
    })
    .appendTo(row);
  return row.data('read', () => [trimmed(), readValue()]);
}

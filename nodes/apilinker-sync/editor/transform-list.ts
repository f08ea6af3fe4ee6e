import { TRANSFORMS } from '../../../src/sync/mapping/options';
import type { Translate } from '../../shared/editor/translate';
import type { SavedStep } from './saved-field';

/** Chosen transformers in their order, each with a button to remove it, and a select to add one. */
export function createTransformList(
  details: JQuery,
  chosen: readonly SavedStep[],
  translate: Translate,
): () => SavedStep[] {
  const box = $('<div class="apilinker-field-transforms">').appendTo(details);
  const names = [...chosen];
  const select = $('<select class="apilinker-field-transform">').attr(
    'aria-label',
    translate('apilinker-sync.label.field.transform'),
  );
  const changed = (): void => {
    show();
    box.trigger('change');
  };
  const show = (): void => {
    box.find('.apilinker-field-step').remove();
    for (const [index, name] of names.entries()) {
      step(typeof name === 'string' ? name : `${name.name}(…)`, translate, () => {
        names.splice(index, 1);
        changed();
      }).insertBefore(select);
    }
    const empty = names.length === 0;
    const text = translate(`apilinker-sync.option.transform.${empty ? 'none' : 'then'}`);
    select.find('option').first().text(text);
    select.val('');
  };
  $('<option>').val('').appendTo(select);
  for (const name of TRANSFORMS) $('<option>').val(name).text(name).appendTo(select);
  select.appendTo(box).on('change', () => {
    const name = String(select.val() ?? '');
    if (name === '') return;
    names.push(name);
    changed();
  });
  show();
  return () => [...names];
}

function step(name: string, translate: Translate, remove: () => void): JQuery {
  const title = translate('apilinker-sync.action.removeTransform');
  const button = $('<button type="button">')
    .attr({ title, 'aria-label': `${title}: ${name}` })
    .append($('<i class="fa fa-times">'))
    .on('click', remove);
  return $('<span class="apilinker-field-step">').text(name).append(button);
}

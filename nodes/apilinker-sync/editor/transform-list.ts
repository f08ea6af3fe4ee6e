import { PARAM_TRANSFORMS, TRANSFORMS } from '../../../src/sync/mapping/options';
import { isParamTransform } from '../../../src/sync/mapping/transforms';
import { isRecord } from '../../../src/shared/json';
import type { Translate } from '../../shared/editor/translate';
import type { SavedStep } from './saved-field';
import { fillParams } from './transform-params';

/**
 * The chain of transformers: each with its parameters, a button to move it to the front and one to remove
 * it, and behind them a select to add one. Returns the function that reads the chain.
 */
export function createTransformList(
  details: JQuery,
  chosen: readonly SavedStep[],
  translate: Translate,
): () => SavedStep[] {
  const box = $('<div class="apilinker-field-transforms">').appendTo(details);
  const select = transformSelect(translate).appendTo(box);
  const steps = () => box.children('.apilinker-field-step');
  const show = (): void => {
    const empty = steps().length === 0;
    const text = translate(`apilinker-sync.option.transform.${empty ? 'none' : 'then'}`);
    select.find('option').first().text(text);
    select.val('');
  };
  const changed = (): void => {
    show();
    box.trigger('change');
  };
  const add = (saved: SavedStep): JQuery =>
    createStep(saved, translate, {
      // An element that is moved or removed loses the focus, and with it the place of the keyboard.
      earlier: (step, button) => {
        step.insertBefore(step.prev());
        button.trigger('focus');
        changed();
      },
      remove: (step) => {
        step.remove();
        select.trigger('focus');
        changed();
      },
    }).insertBefore(select);
  onChosen(select, (name) => {
    const step = add(name);
    changed();
    return step;
  });
  for (const saved of chosen) add(saved);
  show();
  return () =>
    steps()
      .get()
      .map((step) => ($(step).data('read') as () => SavedStep)());
}

/**
 * A closed select changes with each key, also on the way to what is wanted: what keys chose is taken by
 * Enter, or when the select is left; what the mouse or the open list chose is taken at once.
 */
function onChosen(select: JQuery, add: (name: string) => JQuery): void {
  let byKeys = false;
  const take = (goOn: boolean): void => {
    const name = String(select.val() ?? '');
    byKeys = false;
    if (name === '') return;
    const step = add(name);
    if (goOn) step.find('input:visible').first().trigger('focus');
  };
  select.on('keydown', (event) => {
    if (event.key === 'Enter') {
      event.preventDefault();
      take(true);
    } else byKeys = event.key !== ' ' && !event.altKey;
  });
  select.on('change', () => {
    if (!byKeys) take(true);
  });
  select.on('mousedown', () => {
    byKeys = false;
  });
  select.on('blur', () => take(false));
}

function transformSelect(translate: Translate): JQuery {
  const select = $('<select class="apilinker-field-transform">').attr(
    'aria-label',
    translate('apilinker-sync.label.field.transform'),
  );
  $('<option>').val('').appendTo(select);
  for (const name of TRANSFORMS) $('<option>').val(name).text(name).appendTo(select);
  for (const name of PARAM_TRANSFORMS) $('<option>').val(name).text(`${name} …`).appendTo(select);
  return select;
}

interface Moves {
  readonly earlier: (step: JQuery, button: JQuery) => void;
  readonly remove: (step: JQuery) => void;
}

/** What cannot be edited here (an unknown name, parameters that are no object) stays as it is. */
function createStep(saved: SavedStep, translate: Translate, moves: Moves): JQuery {
  const { name, params } = typeof saved === 'string' ? { name: saved, params: {} } : saved;
  const editable = isParamTransform(name) && isRecord(params);
  const step = $('<span class="apilinker-field-step">');
  $('<span>')
    .text(editable || typeof saved === 'string' ? name : `${name}(…)`)
    .appendTo(step);
  let read = (): SavedStep => saved;
  if (editable) {
    const readParams = fillParams(
      $('<span class="apilinker-field-params">').appendTo(step.addClass('apilinker-field-wide')),
      name,
      params,
      translate,
    );
    read = () => ({ name, params: readParams() });
  }
  iconButton('earlier', 'fa-arrow-left', name, translate)
    .on('click', (event) => moves.earlier(step, $(event.currentTarget)))
    .appendTo(step);
  iconButton('removeTransform', 'fa-times', name, translate)
    .on('click', () => moves.remove(step))
    .appendTo(step);
  return step.data('read', read);
}

function iconButton(action: string, icon: string, of: string, translate: Translate): JQuery {
  const title = translate(`apilinker-sync.action.${action}`);
  return $('<button type="button">')
    .addClass(`apilinker-step-${action}`)
    .attr({ title, 'aria-label': `${title}: ${of}` })
    .append($('<i class="fa">').addClass(icon));
}

import type { ParamTransform } from '../../../src/sync/mapping/options';
import {
  ARRAY_OPERATIONS,
  TEMPLATE_NAMES,
  type TransformParams,
} from '../../../src/sync/mapping/plugin-transforms';
import type { Translate } from '../../shared/editor/translate';
import { createNames } from './template-names';
import { createTyped, NOTHING } from './typed-input';

type Fill = (box: JQuery, params: TransformParams, translate: Translate) => () => TransformParams;

const FILLS: Record<ParamTransform, Fill> = {
  jsonpath: fillJsonpath,
  template: fillTemplate,
  array_ops: fillArrayOps,
};

/**
 * Fills a step with the inputs of its parameters; returns the function that reads them. Parameters that
 * the transformer does not know are kept.
 */
export function fillParams(
  box: JQuery,
  name: ParamTransform,
  params: TransformParams,
  translate: Translate,
): () => TransformParams {
  return FILLS[name](box, params, translate);
}

function fillJsonpath(box: JQuery, params: TransformParams, translate: Translate) {
  const { path, default: otherwise = null, ...others } = params;
  const input = textInput('path', path, translate)
    .attr('placeholder', translate('apilinker-sync.placeholder.step.path'))
    .appendTo(box);
  const check = (): unknown => input.toggleClass('input-error', input.val() === '');
  input.on('input change', check);
  check();
  $('<span>').text(translate('apilinker-sync.label.step.default')).appendTo(box);
  const readDefault = createTyped(
    $('<span class="apilinker-field-typed">').appendTo(box),
    otherwise === null ? NOTHING : otherwise,
    { part: 'default', translate, nothing: true },
  );
  return () => {
    const read = readDefault();
    return {
      ...others,
      path: String(input.val() ?? '').trim(),
      ...(read === NOTHING ? {} : { default: read }),
    };
  };
}

function fillTemplate(box: JQuery, params: TransformParams, translate: Translate) {
  const { template, ...names } = params;
  const input = textInput('template', template, translate)
    .attr('placeholder', translate('apilinker-sync.placeholder.step.template'))
    .appendTo(box);
  const readNames = createNames(box, names, TEMPLATE_NAMES, translate);
  return () => ({ ...readNames(), template: String(input.val() ?? '') });
}

function fillArrayOps(box: JQuery, params: TransformParams, translate: Translate) {
  const { operation = 'count', separator = ',', ...others } = params;
  const chosen = textOf(operation);
  const select = $('<select>')
    .attr('aria-label', translate('apilinker-sync.label.step.operation'))
    .appendTo(box);
  for (const each of ARRAY_OPERATIONS) {
    $('<option>')
      .val(each)
      .text(translate(`apilinker-sync.option.operation.${each}`))
      .appendTo(select);
  }
  // One that is unknown stays in the list, so that opening a dialog changes nothing.
  if (!ARRAY_OPERATIONS.some((each) => each === chosen)) {
    $('<option>').val(chosen).text(chosen).prependTo(select);
  }
  select.val(chosen);
  const between = $('<span class="apilinker-field-separator">').appendTo(box);
  $('<span>').text(translate('apilinker-sync.label.step.separator')).appendTo(between);
  const input = textInput('separator', separator, translate).appendTo(between);
  const joins = (): boolean => select.val() === 'join';
  const show = (): unknown => between.toggle(joins());
  select.on('change', show);
  show();
  return () => ({
    ...others,
    operation: String(select.val()),
    ...(joins() ? { separator: String(input.val() ?? '') } : {}),
  });
}

function textInput(part: string, value: unknown, translate: Translate): JQuery {
  return $('<input type="text">')
    .addClass(`apilinker-step-${part}`)
    .attr('aria-label', translate(`apilinker-sync.label.step.${part}`))
    .val(textOf(value));
}

/** What is no text has been written by hand, and is shown as the JSON that it is. */
function textOf(value: unknown): string {
  return typeof value === 'string' ? value : value === undefined ? '' : JSON.stringify(value);
}

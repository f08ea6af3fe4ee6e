import type { Translate } from '../../shared/editor/translate';

/** An input of a field mapping, with its label and placeholder. */
export function textInput(part: string, value: string, translate: Translate): JQuery {
  return $('<input type="text">')
    .addClass(`apilinker-field-${part}`)
    .attr('aria-label', translate(`apilinker-sync.label.field.${part}`))
    .attr('placeholder', translate(`apilinker-sync.placeholder.field.${part}`))
    .val(value);
}

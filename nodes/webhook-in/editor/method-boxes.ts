import { METHODS, readMethods, type Method } from '../../../src/ingest/methods';

const BOXES = '#webhook-in-methods';

/** A box for each method that an endpoint can answer. */
export function showMethodBoxes(chosen: unknown): void {
  const checked = readMethods(chosen) ?? [];
  for (const method of METHODS) {
    const box = $('<input>', { type: 'checkbox', value: method, 'data-method': method });
    box.prop('checked', checked.includes(method));
    $('<label>', { class: 'webhook-in-check' })
      .append(box, $('<span>').text(method))
      .appendTo(BOXES);
  }
}

export function readMethodBoxes(): Method[] {
  return METHODS.filter((method) => $(`${BOXES} [data-method="${method}"]`).prop('checked'));
}

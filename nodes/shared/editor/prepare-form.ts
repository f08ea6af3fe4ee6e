import type { Field, Fields } from '../config-fields';
import { expectedWords, fieldProblem, sharedWords } from './field-words';
import { RED, type EditedNode } from './red';

export interface FormOptions {
  readonly prefix?: 'node-input' | 'node-config-input';
  /** How fields are read that are edited in more than one input. */
  readonly read?: Readonly<Record<string, () => unknown>>;
  /** Fields that must not be empty, although nodes without them are kept. */
  readonly required?: readonly string[];
  /** Fields of which the dialog says itself what is wrong. */
  readonly own?: readonly string[];
}

/** What Node-RED's selector of configuration nodes has where none is chosen. */
const NONE = ['', '_ADD_'];

/**
 * Makes a form complete, first thing in `oneditprepare`: shows the defaults of fields that the flow file
 * leaves out, since Node-RED shows them as empty (of a node that was written by hand, or by a version that
 * did not have them yet); and below each field, as it is edited, what to do where its value can't be used.
 */
export function prepareForm<C extends object>(
  node: EditedNode,
  fields: Fields<C>,
  options: FormOptions = {},
): void {
  const prefix = options.prefix ?? 'node-input';
  const entries = Object.entries<Field<unknown>>(fields);
  for (const [name, { value, configNode }] of entries) {
    if (node[name] !== undefined) continue;
    fillIn($(`#${prefix}-${name}`), configNode === undefined ? value : '_ADD_');
  }
  const watched = entries.flatMap(([name, field]) => {
    const at = options.own?.includes(name) === true ? null : placeOf(name, prefix);
    return at === null ? [] : [{ name, field, ...at }];
  });
  const form = $(prefix === 'node-input' ? '#dialog-form' : '#node-config-dialog-edit-form');
  let isFilledIn = false;
  const show = (): void => {
    // A list is read only once it is there, and no more when the form is taken away.
    if (!isFilledIn || form.get(0)?.isConnected !== true) return;
    for (const { name, field, row, input } of watched) {
      tell(problemOf(node, name, field, input, options), row, input, `${prefix}-${name}-problem`);
    }
  };
  form.on('input change keyup', show);
  // Entries of a list come and go without an event that reaches the form.
  for (const element of form) {
    new MutationObserver(show).observe(element, { childList: true, subtree: true });
  }
  // When the dialog has filled in what only it knows.
  queueMicrotask(() => {
    isFilledIn = true;
    show();
    // What is wrong must not be folded away.
    form.find('.webhooks-field-problem:not(:empty)').closest('details').prop('open', true);
  });
}

function fillIn(input: JQuery, value: unknown): void {
  if (typeof value === 'boolean') input.prop('checked', value);
  else if (typeof value === 'string' || typeof value === 'number') input.val(value);
}

interface FieldPlace {
  readonly row: JQuery;
  readonly input: JQuery;
}

/** The row of a field and what it is edited in; null: it is not in sight. */
function placeOf(name: string, prefix: string): FieldPlace | null {
  const simple = $(`#${prefix}-${name}`);
  const place = simple.length > 0 ? simple : $(`[data-field="${name}"]`);
  if (place.length === 0 || place.attr('type') === 'hidden') return null;
  const row = place.closest('.form-row');
  const inside = place.is('input, select, textarea') ? place : place.find('input, select').first();
  return { row: row.length > 0 ? row : place.parent(), input: inside };
}

function problemOf(
  node: EditedNode,
  name: string,
  field: Field<unknown>,
  input: JQuery,
  { read, required, prefix = 'node-input' }: FormOptions,
): string | null {
  const value = valueOf(name, prefix, read);
  const isEmpty = typeof value === 'string' && NONE.includes(value);
  if (required?.includes(name) === true && isEmpty) return expectedWords(node, name, field);
  if (field.configNode !== undefined) return isEmpty ? null : configProblem(value);
  if (value === undefined || input.attr('type') === 'checkbox') return null;
  return fieldProblem(node, name, field, value);
}

function valueOf(name: string, prefix: string, read: FormOptions['read']): unknown {
  const own = read?.[name];
  return own === undefined ? $(`#${prefix}-${name}`).val() : own();
}

/** The chosen configuration node can't be used. */
function configProblem(id: unknown): string | null {
  const chosen = typeof id === 'string' ? RED.nodes.node(id) : null;
  if (chosen?.d === true) return sharedWords('field.configNode.disabled');
  return chosen?.valid === false ? sharedWords('field.configNode.invalid') : null;
}

function tell(problem: string | null, row: JQuery, input: JQuery, id: string): void {
  let line = row.children('.webhooks-field-problem');
  if (line.length === 0) {
    if (problem === null) return;
    line = $('<div class="webhooks-field-problem" role="alert">').attr('id', id).appendTo(row);
  }
  if (line.text() === (problem ?? '')) return;
  line.text(problem ?? '').toggle(problem !== null);
  if (problem === null) input.removeAttr('aria-invalid aria-describedby');
  else input.attr({ 'aria-invalid': 'true', 'aria-describedby': id });
}

import { isEnvironmentReference, type Field } from '../config-fields';
import { expectedWords as wordsOf } from '../expected-words';
import { RED } from './red';
import { said } from './said';

/** A node as far as it has texts: those of its type, by key. */
export interface Speaker {
  readonly type: string;
  _?(key: string, values?: Record<string, unknown>): string;
}

const SHARED = '@apilinker/node-red-webhooks/webhooks-sidebar:';

/** A text that all our dialogs have, by its key in the locale file of the sidebar. */
export function sharedWords(key: string, values?: Record<string, unknown>): string {
  return RED._(SHARED + key, values);
}

/** What to do about the value of a field; null: nothing, it can be used. */
export function fieldProblem(
  node: Speaker,
  name: string,
  field: Field<unknown>,
  saved: unknown,
): string | null {
  // What a flow file leaves out has its default.
  const value = saved === undefined ? field.value : saved;
  if (isEnvironmentReference(value) || field.read(value) !== undefined) return null;
  return expectedWords(node, name, field);
}

/** The node's own words for the field, else those for its kind of field. */
export function expectedWords(node: Speaker, name: string, field: Field<unknown>): string {
  const translate = (key: string, values?: Record<string, unknown>): string =>
    key.includes(':') ? RED._(key, values) : (node._?.(key, values) ?? key);
  return wordsOf({ translate, say: said }, { type: node.type, name, field });
}

import type { Field, Fields } from '../config-fields';
import { fieldProblem, type Speaker } from './field-words';

interface EditorDefault {
  value: unknown;
  type?: string;
  required?: boolean;
  /** Node-RED shows the reason only of a validator that takes two arguments. */
  validate?: (this: Speaker, value: unknown, options?: unknown) => boolean | string;
}

/**
 * The `defaults` of a node definition, from the fields that the runtime reads: one declaration of each.
 * `more` replaces those of fields that only the editor can check. It is an argument, since the flow library
 * and `node-red-dev` give up on a definition in whose `defaults` they find a spread.
 */
export function editorDefaults<C extends object>(
  fields: Fields<C>,
  more: Partial<Record<keyof C & string, EditorDefault>> = {},
): Record<string, EditorDefault> {
  const entries = Object.entries<Field<unknown>>(fields);
  const defaults = entries.map(([name, field]): [string, EditorDefault] => [
    name,
    editorDefault(name, field),
  ]);
  return { ...Object.fromEntries(defaults), ...more };
}

function editorDefault(name: string, field: Field<unknown>): EditorDefault {
  if (field.configNode !== undefined) {
    return { value: field.value, type: field.configNode, required: false };
  }
  return {
    value: structuredClone(field.value),
    validate(saved, options) {
      const problem = fieldProblem(this, name, field, saved);
      if (problem === null) return true;
      return options === undefined ? false : problem;
    },
  };
}

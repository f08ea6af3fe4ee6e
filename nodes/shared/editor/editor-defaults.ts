import type { Field, Fields } from '../config-fields';

interface EditorDefault {
  value: unknown;
  type?: string;
  required?: boolean;
  /** Node-RED shows the reason only of a validator that takes two arguments. */
  validate?: (value: unknown, options?: unknown) => boolean | string;
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
    editorDefault(field),
  ]);
  return { ...Object.fromEntries(defaults), ...more };
}

function editorDefault(field: Field<unknown>): EditorDefault {
  if (field.configNode !== undefined) {
    return { value: field.value, type: field.configNode, required: false };
  }
  return {
    value: structuredClone(field.value),
    validate: (saved, options) => {
      // What a flow file leaves out has its default.
      const value = saved === undefined ? field.value : saved;
      if (isEnvironmentReference(value) || field.read(value) !== undefined) return true;
      return options === undefined ? false : `Expected ${field.expected}.`;
    },
  };
}

/** `${NAME}`: Node-RED puts the variable's value there when it starts the flows. */
function isEnvironmentReference(value: unknown): boolean {
  return typeof value === 'string' && /^\$\{\S+\}$/.test(value);
}

/** The types that a condition can ask for: those of JSON, and binary data. Isomorphic. */
export const TYPE_NAMES = [
  'string',
  'number',
  'integer',
  'boolean',
  'object',
  'array',
  'null',
  'buffer',
] as const;
export type TypeName = (typeof TYPE_NAMES)[number];

const IS_OF_TYPE: Readonly<Record<TypeName, (value: unknown) => boolean>> = {
  string: (value) => typeof value === 'string',
  number: (value) => typeof value === 'number',
  integer: (value) => Number.isInteger(value),
  boolean: (value) => typeof value === 'boolean',
  object: (value) =>
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    !ArrayBuffer.isView(value),
  array: (value) => Array.isArray(value),
  null: (value) => value === null,
  buffer: (value) => ArrayBuffer.isView(value),
};

/** Whether a value has one of the types; a missing value has none. */
export function hasType(names: readonly TypeName[]): (value: unknown) => boolean {
  const tests = names.map((name) => IS_OF_TYPE[name]);
  return (value) => tests.some((test) => test(value));
}

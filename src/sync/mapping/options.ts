/** The words that a field mapping may use: for the edit dialog as well as for the engine. */
export const TRANSFORMS = [
  'lowercase',
  'uppercase',
  'strip',
  'to_string',
  'to_int',
  'to_float',
  'to_bool',
  'iso_to_timestamp',
  'timestamp_to_iso',
  'default_empty_string',
  'default_zero',
  'none_if_empty',
  'json_parse',
  'json_stringify',
] as const;

export type Transform = (typeof TRANSFORMS)[number];

/** Transformers that are told more by parameters: `{name, params}` (APILinker's plugins). */
export const PARAM_TRANSFORMS = ['jsonpath', 'template', 'array_ops'] as const;

export type ParamTransform = (typeof PARAM_TRANSFORMS)[number];

export const OPERATORS = ['eq', 'ne', 'gt', 'lt', 'in', 'not_in', 'exists', 'not_exists'] as const;

export type Operator = (typeof OPERATORS)[number];

/** Longer names of the same operators (APILinker's cookbook). */
export const OPERATOR_ALIASES: ReadonlyMap<string, Operator> = new Map([
  ['equals', 'eq'],
  ['not_equals', 'ne'],
]);

/** Whether the operator compares with a value. */
export function takesValue(operator: Operator): boolean {
  return operator !== 'exists' && operator !== 'not_exists';
}

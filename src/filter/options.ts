/** Defaults of a filter. Isomorphic. */
import type { Condition, FilterMode, Rule } from './rule';

/** Works on every message that carries something. */
export const DEFAULT_CONDITION: Condition = {
  on: 'payload',
  key: '',
  op: 'exists',
  value: '',
  valueType: 'str',
};

export const DEFAULT_RULES: readonly Rule[] = [
  { name: 'rule 1', match: 'all', conditions: [DEFAULT_CONDITION] },
];

export const DEFAULT_MODE: FilterMode = 'first';

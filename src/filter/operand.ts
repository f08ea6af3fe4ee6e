/** What an operator compares with, and how a saved one is read and checked. Isomorphic. */
import { isRecord, parseJson, type Json } from '../shared/json';
import { translatePattern } from './python-regex';
import { TYPE_NAMES, type TypeName } from './value-types';

/** What a saved value is; those of forms are texts. */
export const VALUE_TYPES = ['str', 'num', 'bool', 'json'] as const;
export type ValueType = (typeof VALUE_TYPES)[number];

/**
 * The kinds of operand, and the types in which a value of each may be saved; the first one holds
 * where a flow that was written by hand names none.
 *
 * `none`: nothing. `value`: any JSON value. `list`: a list of such. `texts`: one text or a list of
 * texts. `pattern`: a regular expression. `bound`: a number or a text. `range`: two bounds. `types`:
 * names of types. `schema`: a JSON Schema. `expression`: JSONata.
 */
export const OPERAND_TYPES = {
  none: ['str'],
  value: ['str', 'num', 'bool', 'json'],
  list: ['str', 'json'],
  texts: ['str', 'json'],
  pattern: ['str'],
  bound: ['num', 'str'],
  range: ['num', 'str'],
  types: ['str'],
  schema: ['json'],
  expression: ['str'],
} as const satisfies Record<string, readonly [ValueType, ...ValueType[]]>;
export type OperandKind = keyof typeof OPERAND_TYPES;

/** The operand as the operators take it, or what is wrong with it. */
export type Operand =
  { readonly ok: true; readonly value: Json } | { readonly ok: false; readonly problem: string };

export function readOperand(kind: OperandKind, saved: unknown, valueType: unknown): Operand {
  if (kind === 'none') return good(null);
  const types: readonly ValueType[] = OPERAND_TYPES[kind];
  const type = types.find((name) => name === (valueType ?? types[0]));
  if (type === undefined) return bad(`\`valueType\` must be ${types.join(' or ')}.`);
  return READ_OPERAND[kind](saved, type);
}

const good = (value: Json): Operand => ({ ok: true, value });
const bad = (problem: string): Operand => ({ ok: false, problem });

type Reader = (saved: unknown, type: ValueType) => Operand;

const readValue: Reader = (saved, type) => READ_VALUE[type](saved);

const READ_OPERAND: Readonly<Record<Exclude<OperandKind, 'none'>, Reader>> = {
  value: readValue,
  bound: readValue,
  list: readList,
  texts: readTexts,
  range: readRange,
  types: readTypes,
  schema: readSchema,
  pattern: (saved) => {
    const operand = READ_VALUE.str(saved);
    if (!operand.ok) return bad('the pattern must be a text.');
    const translation = translatePattern(operand.value as string);
    return translation.ok ? operand : bad(translation.problem);
  },
  expression: (saved) =>
    typeof saved === 'string' && saved.trim() !== ''
      ? good(saved)
      : bad('the value must be a JSONata expression.'),
};

/** A JSON list; or a text with commas: a list of texts. */
function readList(saved: unknown, type: ValueType): Operand {
  if (type === 'str' && typeof saved === 'string') return good(splitList(saved));
  const operand = READ_VALUE[type](saved);
  return operand.ok && Array.isArray(operand.value)
    ? operand
    : bad('the value must be a list: texts with commas between them, or a JSON array.');
}

function splitList(text: string): string[] {
  return text.split(',').map((item) => item.trim());
}

/** One text, or a JSON list of texts of which one has to fit. */
function readTexts(saved: unknown, type: ValueType): Operand {
  const operand = READ_VALUE[type](saved);
  if (!operand.ok) return operand;
  const texts = Array.isArray(operand.value) ? operand.value : [operand.value];
  if (texts.length === 0) return bad('the list must have at least one text.');
  return texts.every((text) => typeof text === 'string')
    ? good(texts)
    : bad('the value must be a text, or a list of texts.');
}

/** Two bounds, as a list or as JSON of one. */
function readRange(saved: unknown, type: ValueType): Operand {
  const items = typeof saved === 'string' ? parseJson(saved) : saved;
  if (!Array.isArray(items) || items.length !== 2)
    return bad('the value must be a list of two values.');
  const [from, to] = items.map((item: unknown) => READ_VALUE[type](item)) as [Operand, Operand];
  if (!from.ok) return from;
  if (!to.ok) return to;
  const isReversed = (from.value as number | string) > (to.value as number | string);
  return isReversed
    ? bad('the first value must not be above the second.')
    : good([from.value, to.value]);
}

function readTypes(saved: unknown): Operand {
  const names = Array.isArray(saved) ? saved : splitList(typeof saved === 'string' ? saved : '');
  const isKnown = (name: unknown): boolean => TYPE_NAMES.includes(name as TypeName);
  return names.length > 0 && names.every(isKnown)
    ? good(names as string[])
    : bad(`the value must be one of ${TYPE_NAMES.join(', ')}, or several with commas between.`);
}

/** The form of a schema; what is in it is checked when it is compiled. */
function readSchema(saved: unknown): Operand {
  const operand = READ_VALUE.json(saved);
  if (!operand.ok) return bad('the value must be a JSON Schema.');
  return isRecord(operand.value) || typeof operand.value === 'boolean'
    ? operand
    : bad('a JSON Schema is an object, true or false.');
}

/** Forms save texts; a flow that was written by hand or by a program may hold the value itself. */
const READ_VALUE: Readonly<Record<ValueType, (saved: unknown) => Operand>> = {
  str: (saved) =>
    typeof (saved ?? '') === 'string'
      ? good((saved ?? '') as string)
      : bad('the value must be a text.'),
  num: (saved) => {
    const isNumber =
      typeof saved === 'number' || (typeof saved === 'string' && saved.trim() !== '');
    const value = isNumber ? Number(saved) : Number.NaN;
    return Number.isFinite(value) ? good(value) : bad('the value must be a number.');
  },
  bool: (saved) => {
    const value = saved === true || saved === 'true';
    const isBoolean = value || saved === false || saved === 'false';
    return isBoolean ? good(value) : bad('the value must be true or false.');
  },
  json: (saved) => {
    const value = typeof saved === 'string' ? parseJson(saved) : saved;
    return value === undefined ? bad('the value must be JSON.') : good(value as Json);
  },
};

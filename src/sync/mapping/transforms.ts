import { isoToTimestamp, timestampToIso } from './iso-time';
import { PARAM_TRANSFORMS, TRANSFORMS, type ParamTransform, type Transform } from './options';
import { arrayOps, jsonpath, template, type TransformParams } from './plugin-transforms';
import { pythonText } from './python-text';
import { isTruthy, parseFloatText, shapeOf, stripBlanks } from './python-values';

type Transformation = (value: unknown) => unknown;

/** APILinker's transformers for values that are there; null is handled by `applyTransforms`. */
const TRANSFORMATIONS: Record<Transform, Transformation> = {
  lowercase: ofTexts((text) => text.toLowerCase()),
  uppercase: ofTexts((text) => text.toUpperCase()),
  strip: ofTexts(stripBlanks),
  to_string: pythonText,
  to_int: (value) => Math.trunc(toFiniteNumber(value)) + 0,
  to_float: toFiniteNumber,
  to_bool: isTruthy,
  iso_to_timestamp: isoToTimestamp,
  timestamp_to_iso: timestampToIso,
  default_empty_string: (value) => value,
  default_zero: (value) => value,
  none_if_empty: (value) => (isEmpty(value) ? null : value),
  json_parse: parseText,
  json_stringify: (value) => JSON.stringify(value),
};

export function isTransform(name: unknown): name is Transform {
  return (TRANSFORMS as readonly unknown[]).includes(name);
}

/** A transformer, with its parameters if it takes some. */
export type TransformStep =
  | { readonly name: Transform }
  | { readonly name: ParamTransform; readonly params: TransformParams };

/** They deal with a value that is missing themselves. */
const WITH_PARAMS: Record<ParamTransform, (value: unknown, params: TransformParams) => unknown> = {
  jsonpath,
  template,
  array_ops: arrayOps,
};

export function isParamTransform(name: unknown): name is ParamTransform {
  return (PARAM_TRANSFORMS as readonly unknown[]).includes(name);
}

/** Runs the transformers one after the other. Throws with the transformer's name and the value's shape. */
export function applyTransforms(value: unknown, steps: readonly TransformStep[]): unknown {
  return steps.reduce(applyStep, value);
}

function applyStep(value: unknown, step: TransformStep): unknown {
  if (!('params' in step)) return applyTransform(value, step.name);
  try {
    return WITH_PARAMS[step.name](value ?? null, step.params);
  } catch (thrown) {
    throw new Error(`${step.name}: ${thrown instanceof Error ? thrown.message : 'failed'}`);
  }
}

function applyTransform(value: unknown, name: Transform): unknown {
  if (value === null || value === undefined) {
    if (name === 'default_empty_string') return '';
    return name === 'default_zero' ? 0 : null;
  }
  try {
    return TRANSFORMATIONS[name](value);
  } catch (thrown) {
    throw new Error(`${name}: ${thrown instanceof Error ? thrown.message : 'failed'}`);
  }
}

/** Of a list the texts are changed and the rest kept; anything falsy becomes null (the empty text too). */
function ofTexts(change: (text: string) => string): Transformation {
  return (value) => {
    if (Array.isArray(value)) {
      return value.map((each: unknown) => (typeof each === 'string' ? change(each) : each));
    }
    if (!isTruthy(value)) return null;
    if (typeof value !== 'string') throw new Error(`expected a text, got ${shapeOf(value)}`);
    return change(value);
  };
}

function toFiniteNumber(value: unknown): number {
  if (!isTruthy(value)) return 0;
  if (typeof value === 'boolean') return 1;
  const number = typeof value === 'string' ? parseFloatText(value) : value;
  if (typeof number !== 'number' || !Number.isFinite(number)) {
    const what = typeof value === 'string' ? 'a text that is none' : shapeOf(value);
    throw new Error(`expected a number, got ${what}`);
  }
  return number;
}

/** An empty text, list or object; 0 and false are values (APILinker's documentation; its code drops them). */
function isEmpty(value: unknown): boolean {
  return typeof value !== 'number' && typeof value !== 'boolean' && !isTruthy(value);
}

function parseText(value: unknown): unknown {
  if (typeof value !== 'string') throw new Error(`expected a JSON text, got ${shapeOf(value)}`);
  try {
    return JSON.parse(value) as unknown;
  } catch {
    throw new Error('expected a JSON text, got another one');
  }
}

import { isRecord } from '../shared/json';
import { isHeaderName } from './options';

/** What is wrong with a field, in a sentence that names it. */
export class FieldProblem extends Error {}

export type Fields = Readonly<Record<string, unknown>>;

/** Reads one field or throws a `FieldProblem`; `path` is the field's name as the user wrote it. */
export function checked<T>(
  value: unknown,
  path: string,
  is: (value: unknown) => value is T,
  expected: string,
): T {
  if (is(value)) return value;
  throw new FieldProblem(`\`${path}\` must be ${expected}.`);
}

export function record(value: unknown, what: string): Fields {
  if (isRecord(value)) return value;
  throw new FieldProblem(`${what} must be an object.`);
}

export function onlyKeys(fields: Fields, path: string, known: readonly string[]): void {
  const unknown = Object.keys(fields).find((key) => !known.includes(key));
  if (unknown === undefined) return;
  throw new FieldProblem(`\`${path}${unknown}\` is not known; known are ${known.join(', ')}.`);
}

export function oneOf<T extends string>(value: unknown, path: string, options: readonly T[]): T {
  const found = options.find((option) => option === value);
  if (found !== undefined) return found;
  throw new FieldProblem(`\`${path}\` must be one of ${options.join(', ')}.`);
}

export function listOf<T extends string>(value: unknown, path: string, options: readonly T[]): T[] {
  if (Array.isArray(value) && value.length > 0) {
    return value.map((item: unknown) => oneOf(item, path, options));
  }
  throw new FieldProblem(`\`${path}\` must be a list of ${options.join(', ')}.`);
}

export function text(value: unknown, path: string): string {
  return checked(value, path, isText, 'a text');
}

export function texts(value: unknown, path: string): readonly string[] {
  return checked(value, path, isTexts, 'a list of texts');
}

export function textOrTexts(value: unknown, path: string): string | readonly string[] {
  return isText(value) ? value : checked(value, path, isTexts, 'a text, or a list of texts');
}

export function header(value: unknown, path: string): string {
  return checked(value, path, isHeaderName, 'the name of a header');
}

/** One header, or several of which the first that is there counts. */
export function headers(value: unknown, path: string): string | readonly string[] {
  if (isHeaderName(value)) return value;
  return checked(value, path, isHeaderNames, 'the name of a header, or a list of names');
}

/** A regular expression of at most 200 characters; that it is valid is found out by who compiles it. */
export function pattern(value: unknown, path: string): string {
  return checked(value, path, isPattern, 'a regular expression');
}

/** Reads a field that may be absent. */
export function optional<T>(value: unknown, reader: (value: unknown) => T): T | undefined {
  return value === undefined ? undefined : reader(value);
}

/** An object without the properties that are undefined. */
export function defined<T extends object>(fields: {
  readonly [K in keyof T]: T[K] | undefined;
}): T {
  const entries = Object.entries(fields).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as T;
}

/** Which one of several fields is there; none, two or an unknown one is a problem. */
export function onlyOneOf<T extends string>(
  fields: Fields,
  path: string,
  options: readonly T[],
  others: readonly string[] = [],
): T {
  onlyKeys(fields, `${path}.`, [...options, ...others]);
  const given = options.filter((option) => fields[option] !== undefined);
  const [only] = given;
  if (given.length === 1 && only !== undefined) return only;
  throw new FieldProblem(`\`${path}\` must have one of ${options.join(', ')}.`);
}

function isHeaderNames(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.length > 0 && value.every(isHeaderName);
}

function isPattern(value: unknown): value is string {
  if (typeof value !== 'string' || value === '' || value.length > 200) return false;
  try {
    return new RegExp(value) instanceof RegExp;
  } catch {
    return false;
  }
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.length > 0 && value.every(isText);
}

import { isRecord } from '../shared/json';

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

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.length > 0 && value.every(isText);
}

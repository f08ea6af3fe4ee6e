import type { AnySchema, Options, ValidateFunction } from 'ajv';
import type Ajv from 'ajv/dist/core';
import { compileEcmaRegex } from './ecma-regex';
import { errorText } from './errors';
import { isRecord } from './json';

export interface SchemaOptions {
  /** A keyword that is not known is an error, unless it starts with `x-`; else it means nothing. */
  readonly strict: boolean;
  /** Find all that is wrong with a value, not only the first. */
  readonly allErrors: boolean;
}

/**
 * Compiles a JSON Schema of draft 2020-12, or of draft 07 if its `$schema` says so. Throws, with
 * words, where it can't be used: a reference to another document, a pattern that can't be matched in
 * linear time.
 *
 * `format` is an annotation, as the drafts have it by default. Only own properties are seen. Patterns
 * and `uniqueItems` take time linear in the data. The check throws a RangeError where data is nested
 * deeper than the stack allows.
 */
export function compileValidator(schema: unknown, options: SchemaOptions): ValidateFunction {
  try {
    return newAjv(schema, options).compile(schema as AnySchema);
  } catch (thrown) {
    throw new Error(`the JSON Schema can't be used: ${errorText(thrown)}`, { cause: thrown });
  }
}

/** Ajv wants to know the engine's source for code that it writes to a file, which we never do. */
const linearEngine = Object.assign((pattern: string) => compileEcmaRegex(pattern), {
  code: 'linearEngine',
});

const OPTIONS: Options = {
  strictTypes: false,
  strictTuples: false,
  strictRequired: false,
  validateFormats: false,
  ownProperties: true,
  logger: false,
  code: { regExp: linearEngine },
};

function newAjv(schema: unknown, { strict, allErrors }: SchemaOptions): Ajv {
  const { $schema, $async } = isRecord(schema) ? schema : {};
  // What is valid or not would only be known later: everything would pass.
  if ($async !== undefined) throw new Error('`$async` is not part of JSON Schema');
  const AjvClass = loadDraft($schema);
  const ajv = new AjvClass({ ...OPTIONS, strictSchema: strict, allErrors });
  ajv.removeKeyword('uniqueItems');
  ajv.addKeyword({
    keyword: 'uniqueItems',
    type: 'array',
    schemaType: 'boolean',
    validate: (wanted: boolean, items: readonly unknown[]) => !wanted || areUnique(items),
    error: { message: 'must not have the same item twice' },
  });
  for (const keyword of extensionKeywords(schema)) ajv.addKeyword(keyword);
  return ajv;
}

type AjvClass = new (options: Options) => Ajv;

const DRAFT_2020 = /^https:\/\/json-schema\.org\/draft\/2020-12\/schema#?$/;
const DRAFT_07 = /^https?:\/\/json-schema\.org\/draft-07\/schema#?$/;

/** Ajv takes 60 ms and 10 MB to load: it is loaded where a schema is used, and synchronously. */
function loadDraft(named: unknown): AjvClass {
  const uri = typeof named === 'string' ? named : '';
  /* eslint-disable @typescript-eslint/no-require-imports */
  if (named === undefined || DRAFT_2020.test(uri)) {
    return (require('ajv/dist/2020') as { default: AjvClass }).default;
  }
  if (DRAFT_07.test(uri)) return (require('ajv') as { default: AjvClass }).default;
  /* eslint-enable */
  throw new Error('its `$schema` must name draft 2020-12 or draft 07');
}

/** Names that begin with `x-`: extensions, which mean nothing here. */
function extensionKeywords(schema: unknown): ReadonlySet<string> {
  const found = new Set<string>();
  const open: unknown[] = [schema];
  while (open.length > 0) {
    const next = open.pop();
    if (typeof next !== 'object' || next === null) continue;
    for (const [key, value] of Object.entries(next)) {
      if (/^x-[\w-]*$/.test(key)) found.add(key);
      open.push(value);
    }
  }
  return found;
}

/** Ajv compares each item with each other: for a large list that takes hours. */
function areUnique(items: readonly unknown[]): boolean {
  return new Set(items.map(canonical)).size === items.length;
}

/** Equal JSON values, and only those, have the same text. */
function canonical(value: unknown): string {
  if (typeof value === 'number') return String(value === 0 ? 0 : value);
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'undefined';
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, item]) => `${JSON.stringify(key)}:${canonical(item)}`).join()}}`;
}

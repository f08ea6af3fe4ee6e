import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020';
import { RE2JS } from 're2js';
import { errorText } from '../shared/errors';
import { SyncError } from './sync-error';

/** What is wrong with a value, one `path: message` each; empty: nothing. */
export type SchemaCheck = (value: unknown) => readonly string[];

const SHOWN_DIFFERENCES = 10;

/**
 * Compiles a JSON Schema (draft 2020-12; formats are annotations). Patterns run in linear time, as the
 * values may come from anybody. Throws a SyncError (VALIDATION) for a schema that is none.
 */
export function compileSchema(schema: object | boolean): SchemaCheck {
  let validate: ValidateFunction;
  try {
    const ajv = new Ajv2020({
      strict: false,
      allErrors: true,
      validateFormats: false,
      ownProperties: true,
      code: { regExp: LINEAR_REGEXP },
    });
    validate = ajv.compile(schema);
  } catch (thrown) {
    throw new SyncError(`The JSON Schema cannot be used: ${errorText(thrown)}`, {
      category: 'VALIDATION',
    });
  }
  return (value) =>
    validate(value) ? [] : [...new Set((validate.errors ?? []).map(difference))].sort();
}

/** Ajv wants to know the engine's source for code that it writes to a file, which we never do. */
const LINEAR_REGEXP = Object.assign(
  (pattern: string) => {
    const compiled = RE2JS.compile(pattern);
    // Ajv keeps compiled patterns by this text: without one all would be the first.
    const toString = (): string => pattern;
    return { test: (text: string) => compiled.matcher(text).find(), toString };
  },
  { code: 'undefined' },
);

function difference({ instancePath, keyword, message, params }: ErrorObject): string {
  const path = instancePath.slice(1).split('/').map(unescaped).join('.') || '(whole)';
  const names = params as { additionalProperty?: string; missingProperty?: string };
  if (keyword === 'additionalProperties' || keyword === 'unevaluatedProperties') {
    return `${path}: unexpected property \`${String(names.additionalProperty).slice(0, 60)}\``;
  }
  return `${path}: ${message ?? keyword}`;
}

function unescaped(segment: string): string {
  return segment.replaceAll('~1', '/').replaceAll('~0', '~');
}

/** The first differences on one line. */
export function differencesText(differences: readonly string[]): string {
  const more = differences.length - SHOWN_DIFFERENCES;
  const shown = differences.slice(0, SHOWN_DIFFERENCES).join('; ');
  return more > 0 ? `${shown}; and ${more} more` : shown;
}

import type { ErrorObject, ValidateFunction } from 'ajv';
import { errorText } from '../shared/errors';
import { compileValidator } from '../shared/json-schema';
import { SyncError } from './sync-error';

/** What is wrong with a value, one `path: message` each; empty: nothing. */
export type SchemaCheck = (value: unknown) => readonly string[];

const SHOWN_DIFFERENCES = 10;

/**
 * Compiles a JSON Schema (draft 2020-12, or 07 if it says so; formats are annotations, and so are keywords
 * that are not known, as APIs describe themselves with more than the standard has). Patterns run in linear
 * time, as the values may come from anybody. Throws a SyncError (VALIDATION) for a schema that is none; the
 * check throws one for a value that is nested too deeply.
 */
export function compileSchema(schema: object | boolean): SchemaCheck {
  const validate = compiled(schema);
  return (value) => {
    try {
      if (validate(value)) return [];
    } catch (thrown) {
      if (thrown instanceof RangeError) return ['(whole): it is nested too deeply'];
      throw thrown;
    }
    return [...new Set((validate.errors ?? []).map(difference))].sort();
  };
}

function compiled(schema: object | boolean): ValidateFunction {
  try {
    return compileValidator(schema, { strict: false, allErrors: true });
  } catch (thrown) {
    throw new SyncError(errorText(thrown), { category: 'VALIDATION' });
  }
}

function difference({ instancePath, keyword, message, params }: ErrorObject): string {
  const path = instancePath.slice(1).split('/').map(unescaped).join('.') || '(whole)';
  const names = params as { additionalProperty?: string; unevaluatedProperty?: string };
  const unexpected = names.additionalProperty ?? names.unevaluatedProperty;
  if (unexpected !== undefined)
    return `${path}: unexpected property \`${unexpected.slice(0, 60)}\``;
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

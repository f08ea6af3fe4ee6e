import { compileValidator } from '../shared/json-schema';

/** Where data does not fit a schema; nothing of the data is in it. */
export interface SchemaMismatch {
  /** A pointer into the schema: `#/properties/name/minLength`. */
  readonly schemaPath: string;
}

/** Null where the data fits. */
export type SchemaCheck = (data: unknown) => SchemaMismatch | null;

/** Compiles the JSON Schema of a rule. Throws, with words, where it can't be used; the check as `compileValidator` says. */
export function compileJsonSchema(schema: unknown): SchemaCheck {
  // A keyword that is misspelt would let everything pass.
  const validate = compileValidator(schema, { strict: true, allErrors: false });
  return (data) =>
    validate(data) ? null : { schemaPath: validate.errors?.[0]?.schemaPath ?? '#' };
}

import { isRecord } from '../../shared/json';
import { compileCondition, type Condition } from './condition';
import { PARAM_TRANSFORMS, TRANSFORMS } from './options';
import { ownValue } from './own-keys';
import { parseReadPath, parseWritePath, type ReadPath, type WritePath } from './path';
import { isTruthy } from './python-values';
import { problemOfParams } from './plugin-transforms';
import { isParamTransform, isTransform, type TransformStep } from './transforms';

/** One row of a mapping, checked and ready to run. */
export interface FieldMapping {
  /** Where the value comes from: a path of the item, or a constant. */
  readonly source: { readonly path: ReadPath } | { readonly constant: unknown };
  /** As it is written, for error texts. */
  readonly target: string;
  readonly targetPath: WritePath;
  readonly transforms: readonly TransformStep[];
  readonly condition: Condition | null;
  /** Write null too, instead of leaving the target out. */
  readonly includeNulls: boolean;
}

export interface CompiledFields {
  readonly fields: readonly FieldMapping[];
  /** One sentence for each thing that is wrong; with any, the mapping must not run. */
  readonly problems: readonly string[];
}

/** Reads APILinker's field mappings: `{source | value, target, transform, condition, include_nulls}`. */
export function compileFields(saved: unknown): CompiledFields {
  if (!Array.isArray(saved)) return { fields: [], problems: ['The fields must be a list.'] };
  const compiled = saved.map(compileField);
  const problems = compiled.flatMap((field, index) =>
    typeof field === 'string' ? [`Field ${index + 1}: ${field}.`] : [],
  );
  return { fields: compiled.filter((field) => typeof field !== 'string'), problems };
}

function compileField(saved: unknown): FieldMapping | string {
  if (!isRecord(saved)) return 'it must be an object';
  const source = compileSource(saved);
  if (source === undefined) return '`source` is missing';
  const target = ownValue(saved, 'target');
  if (typeof target !== 'string') return '`target` is missing';
  const transforms = compileTransforms(ownValue(saved, 'transform'));
  if (typeof transforms === 'string') return transforms;
  const condition = Object.hasOwn(saved, 'condition') ? compileCondition(saved.condition) : null;
  if (typeof condition === 'string') return condition;
  const includeNulls = isTruthy(ownValue(saved, 'include_nulls'));
  const targetPath = parseWritePath(target);
  return { source, target, targetPath, transforms, condition, includeNulls };
}

function compileSource(saved: Record<string, unknown>): FieldMapping['source'] | undefined {
  const source = ownValue(saved, 'source');
  if (typeof source === 'string') return { path: parseReadPath(source) };
  return source === undefined && Object.hasOwn(saved, 'value')
    ? { constant: saved.value }
    : undefined;
}

function compileTransforms(saved: unknown): TransformStep[] | string {
  if (saved === undefined || saved === null || saved === '') return [];
  const steps: TransformStep[] = [];
  for (const each of Array.isArray(saved) ? (saved as unknown[]) : [saved]) {
    const step = compileStep(each);
    if (typeof step === 'string') return step;
    steps.push(step);
  }
  return steps;
}

function compileStep(saved: unknown): TransformStep | string {
  const name = isRecord(saved) ? ownValue(saved, 'name') : saved;
  const params = (isRecord(saved) ? ownValue(saved, 'params') : undefined) ?? {};
  if (isParamTransform(name)) {
    if (!isRecord(params)) return `the parameters of ${name} must be an object`;
    return problemOfParams(name, params) ?? { name, params };
  }
  if (!isTransform(name)) {
    return `the transformer must be one of ${[...TRANSFORMS, ...PARAM_TRANSFORMS].join(', ')}`;
  }
  return isTruthy(params) ? `${name} has no parameters` : { name };
}

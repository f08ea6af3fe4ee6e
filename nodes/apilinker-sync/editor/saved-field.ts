import { isRecord } from '../../../src/shared/json';

/** A row of the mapping as the flow keeps it (APILinker's names). */
export interface SavedField {
  readonly source?: string;
  readonly value?: unknown;
  readonly target: string;
  /** One name as such, several as a list. */
  readonly transform?: SavedStep | readonly SavedStep[];
  readonly condition?: SavedCondition;
  readonly include_nulls?: true;
}

/** A name, or one with parameters. */
export type SavedStep = string | { readonly name: string; readonly params: unknown };

export interface SavedCondition {
  readonly field: string;
  readonly operator: string;
  readonly value?: unknown;
}

/** A row that may have been written by hand or imported, in the one form that the dialog shows. */
export function readSavedField(saved: unknown): SavedField {
  if (!isRecord(saved)) return { source: '', target: '' };
  const condition = readCondition(saved.condition);
  const constant = saved.source === undefined && 'value' in saved;
  return {
    ...(constant ? { value: saved.value } : { source: textOf(saved.source) }),
    target: textOf(saved.target),
    ...transformPart(readTransforms(saved.transform)),
    ...(condition === undefined ? {} : { condition }),
    ...(isTrue(saved.include_nulls) ? { include_nulls: true as const } : {}),
  };
}

/** The `transform` of a row; nothing where there is none. */
export function transformPart(names: readonly SavedStep[]): Pick<SavedField, 'transform'> {
  const [first] = names;
  if (first === undefined) return {};
  return { transform: names.length === 1 ? first : names };
}

/** A name, `{name}`, or a list of both. */
export function readTransforms(saved: unknown): SavedStep[] {
  const steps: unknown[] = Array.isArray(saved) ? saved : [saved];
  return steps.flatMap((step) => {
    const name = isRecord(step) ? step.name : step;
    if (typeof name !== 'string' || name === '') return [];
    const params = isRecord(step) ? (step.params ?? {}) : {};
    const plain = isRecord(params) && Object.keys(params).length === 0;
    return [plain ? name : { name, params }];
  });
}

function readCondition(saved: unknown): SavedCondition | undefined {
  if (!isRecord(saved)) return undefined;
  const operator = textOf(saved.operator) || 'eq';
  const names: Record<string, string> = { equals: 'eq', not_equals: 'ne' };
  return {
    field: textOf(saved.field),
    operator: names[operator] ?? operator,
    ...('value' in saved ? { value: saved.value } : {}),
  };
}

function isTrue(saved: unknown): boolean {
  return Array.isArray(saved) ? saved.length > 0 : Boolean(saved);
}

function textOf(saved: unknown): string {
  return typeof saved === 'string' ? saved : '';
}

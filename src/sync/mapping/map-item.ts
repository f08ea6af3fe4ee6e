import { errorText } from '../../shared/errors';
import { SyncError } from '../sync-error';
import { meets } from './condition';
import type { FieldMapping } from './fields';
import { copyData } from './own-keys';
import { readPath, writePath } from './path';
import { applyTransforms } from './transforms';

/**
 * The item as the target wants it. Fields are written in order; one whose condition is not met, or whose
 * value is null (without `include_nulls`), is left out. Nothing of the result is shared with the item.
 * Throws a SyncError (MAPPING) that names the field, never the value.
 */
export function mapItem(item: unknown, fields: readonly FieldMapping[]): Record<string, unknown> {
  const mapped: Record<string, unknown> = {};
  for (const [index, field] of fields.entries()) {
    try {
      mapField(item, field, mapped);
    } catch (thrown) {
      throw new SyncError(`Field ${index + 1} (\`${field.target}\`): ${errorText(thrown)}`, {
        category: 'MAPPING',
      });
    }
  }
  return mapped;
}

/** The condition comes first: a transformer must not fail for a field that is left out anyway. */
function mapField(item: unknown, field: FieldMapping, mapped: object): void {
  if (field.condition !== null && !meets(item, field.condition)) return;
  const { source } = field;
  const raw = 'path' in source ? readPath(item, source.path) : source.constant;
  const value = applyTransforms(raw, field.transforms) ?? null;
  if (value !== null || field.includeNulls) writePath(mapped, field.targetPath, copyData(value));
}

/** Maps one item, or each of a list; the first that cannot be mapped ends it with a SyncError. */
export function mapData(
  data: unknown,
  fields: readonly FieldMapping[],
): Record<string, unknown> | Record<string, unknown>[] {
  if (!Array.isArray(data)) return mapItem(data, fields);
  return data.map((item: unknown, index) => {
    try {
      return mapItem(item, fields);
    } catch (thrown) {
      throw new SyncError(`Item ${index}: ${errorText(thrown)}`, { category: 'MAPPING' });
    }
  });
}

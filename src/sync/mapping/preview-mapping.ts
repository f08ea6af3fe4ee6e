import { errorText } from '../../shared/errors';
import { isRecord } from '../../shared/json';
import { compileFields } from './fields';
import { mapItem } from './map-item';

/** What the first items of a sample would become. */
export interface MappingPreview {
  /** What is wrong with the fields; with any, nothing is mapped. */
  readonly problems: readonly string[];
  readonly items: readonly PreviewedItem[];
  /** Items of the sample that are not shown. */
  readonly more: number;
}

export interface PreviewedItem {
  readonly source: unknown;
  /** As it would be sent; undefined where it cannot be mapped. */
  readonly mapped?: unknown;
  /** Why it cannot be mapped; undefined where it can. */
  readonly problem?: string;
}

export const MOST_FIELDS = 200;
const SHOWN_ITEMS = 3;
/** Of the JSON of one item, in characters. */
const LONGEST_ITEM = 100_000;

/** Maps the first items of a list, or a single item. Without fields an item stays as it is. */
export function previewMapping(saved: readonly unknown[], sample: unknown): MappingPreview {
  if (saved.length > MOST_FIELDS) {
    const problem = `There are more than ${MOST_FIELDS} fields: too many for a preview.`;
    return { problems: [problem], items: [], more: 0 };
  }
  const { fields, problems } = compileFields(saved);
  if (problems.length > 0) return { problems, items: [], more: 0 };
  const list: readonly unknown[] = Array.isArray(sample) ? sample : [sample];
  const shown = list.slice(0, SHOWN_ITEMS).map((each) => (isRecord(each) ? each : asItem(each)));
  return {
    problems: [],
    items: shown.map((source) =>
      saved.length === 0 ? { source, mapped: source } : previewed(source, fields),
    ),
    more: list.length - shown.length,
  };
}

/** As a sync has it: a list within a list stays one, a scalar is an object with it. */
function asItem(value: unknown): unknown {
  return Array.isArray(value) ? value : { value };
}

function previewed(source: unknown, fields: Parameters<typeof mapItem>[1]): PreviewedItem {
  try {
    const mapped = mapItem(source, fields);
    // Constants and templates can make more of an item than it was.
    if (JSON.stringify(mapped).length <= LONGEST_ITEM) return { source, mapped };
    return { source, problem: 'It becomes too large to be shown.' };
  } catch (thrown) {
    return { source, problem: errorText(thrown) };
  }
}

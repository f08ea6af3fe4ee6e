/** Node-RED's renderer makes one row of each entry that is opened: more than this would freeze the page. */
const MOST_ENTRIES = 500;
const DEEPEST = 100;
/** Behind a name, so that the renderer takes it for a name like any other. It can't be seen. */
const MARK = '\u200b';

/** The renderer paints such a text's colour beside it. */
const COLOR = /^#[0-9a-f]{6}$/i;

/**
 * A value of a payload as Node-RED's object renderer may show it. The renderer takes some names for its own:
 * it calls `hasOwnProperty` of what it shows, and believes `__enc__`, or `type` and `data` of a Buffer, with
 * the length that stands there; a colour becomes a style. Of a hostile payload, such names are shown but no longer those names.
 */
export function renderable(value: unknown, cut: (left: number) => string): unknown {
  return copy(value, cut, 0);
}

function copy(value: unknown, cut: (left: number) => string, depth: number): unknown {
  if (typeof value === 'string') return COLOR.test(value) ? value + MARK : value;
  if (typeof value !== 'object' || value === null) return value;
  if (depth >= DEEPEST) return '…';
  if (Array.isArray(value)) {
    const shown = value.slice(0, MOST_ENTRIES).map((each) => copy(each, cut, depth + 1));
    return value.length > MOST_ENTRIES ? [...shown, cut(value.length - MOST_ENTRIES)] : shown;
  }
  const entries = Object.entries(value);
  const isBufferLike = Object.hasOwn(value, 'type') && Object.hasOwn(value, 'data');
  const shown = entries
    .slice(0, MOST_ENTRIES)
    .map(([name, each]) => [safeName(name, isBufferLike), copy(each, cut, depth + 1)] as const);
  if (entries.length > MOST_ENTRIES) shown.push(['…', cut(entries.length - MOST_ENTRIES)]);
  return Object.fromEntries(shown);
}

function safeName(name: string, isBufferLike: boolean): string {
  const isTaken = name === 'hasOwnProperty' || name === '__enc__';
  return isTaken || (isBufferLike && name === 'data') ? name + MARK : name;
}

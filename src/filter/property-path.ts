/**
 * Dotted paths into data that strangers sent: `repository.name`, `items.0.id`, `items[0].id`,
 * `["key.with.dots"].x`. Only own properties of objects and elements of lists are visible: never what
 * a prototype holds, never the characters or the length of a text or a list. Isomorphic.
 */
export type PropertyPath = readonly string[];

/** A bracketed index, a bracketed quoted key, or a plain key. */
const SEGMENT = /\[(?:(\p{Nd}+)|("(?:[^"\\]|\\.)*"))\]|([^.[\]"]+)/uy;

/** The segments of a path; the empty path has none. Undefined where the text is not a path. */
export function parsePath(text: string): PropertyPath | undefined {
  const segments: string[] = [];
  let at = 0;
  while (at < text.length) {
    const dotted = text[at] === '.';
    if (dotted) at += 1;
    SEGMENT.lastIndex = at;
    const found = SEGMENT.exec(text);
    if (found === null) return undefined;
    const [whole, index, quoted, plain] = found;
    const isFirst = segments.length === 0;
    const fits = plain === undefined ? !dotted : dotted !== isFirst;
    if (!fits) return undefined;
    const segment = quoted === undefined ? (index ?? plain ?? '') : unquote(quoted);
    if (segment === undefined) return undefined;
    segments.push(segment);
    at += whole.length;
  }
  return segments;
}

function unquote(quoted: string): string | undefined {
  try {
    return JSON.parse(quoted) as string;
  } catch {
    return undefined;
  }
}

/** The text of a path with exactly these segments: `parsePath` gives them back. */
export function formatPath(segments: PropertyPath): string {
  return segments
    .map((segment, index) => {
      if (!/^[^.[\]"]+$/.test(segment)) return `[${JSON.stringify(segment)}]`;
      return index === 0 ? segment : `.${segment}`;
    })
    .join('');
}

/** The value at the path; undefined where there is none. */
export function readPath(root: unknown, path: PropertyPath): unknown {
  let value = root;
  for (const segment of path) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = Array.isArray(value) ? element(value, segment) : ownProperty(value, segment);
  }
  return value;
}

export function ownProperty(object: object, key: string): unknown {
  return Object.hasOwn(object, key) ? (object as Record<string, unknown>)[key] : undefined;
}

function element(list: readonly unknown[], segment: string): unknown {
  const index = decimal(segment);
  return index === undefined || index >= list.length ? undefined : list[index];
}

/** The number that decimal digits of any script spell (as Python's `int`); undefined for other texts. */
function decimal(text: string): number | undefined {
  if (/^[0-9]+$/.test(text)) return Number(text);
  if (!/^\p{Nd}+$/u.test(text)) return undefined;
  let value = 0;
  for (const character of text) value = value * 10 + digitValue(character);
  return value;
}

/** Unicode encodes decimal digits in runs of ten, in ascending order (section 4.6). */
function digitValue(digit: string): number {
  const code = digit.codePointAt(0) ?? 0;
  let zero = code;
  while (/\p{Nd}/u.test(String.fromCodePoint(zero - 1))) zero -= 1;
  return (code - zero) % 10;
}

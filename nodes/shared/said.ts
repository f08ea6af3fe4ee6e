/**
 * Says the English sentences of the runtime in the language of the editor. `src/` knows no languages: its sentences
 * are their own keys, as in gettext, with values put in. Here a sentence is found among those of the locale file
 * (`said`, which scripts/said-texts.mjs keeps complete), and said as that language has it, values in their places.
 * So also what was stored as words long ago can be said: why an attempt failed, why a request was refused.
 * Runs in Node.js and in the browser, and imports nothing.
 */

/** Looks a text up in the locale files, as `RED._` does. */
export type Lookup = (key: string, options: Record<string, unknown>) => unknown;

const ENTRIES = '@apilinker/node-red-webhooks/webhooks-sidebar:said';
/** Longer ones are no sentences of ours. Characters. */
const LONGEST = 4000;
/** Sentences in sentences. */
const DEEPEST = 5;

interface Entry {
  /** What stands between the values: one more than there are values. */
  readonly pieces: readonly string[];
  /** How many characters of it are its own: the more, the surer. */
  readonly own: number;
  readonly said: string;
}

/** Translates: what is no sentence of ours, or has no translation, stays as it is. */
export function sayer(lookup: Lookup): (english: string) => string {
  let entries: readonly Entry[] | null = null;
  return (english) => {
    if (english.length > LONGEST) return english;
    entries ??= entriesOf(lookup);
    return entries.length === 0 ? english : say(english, entries, DEEPEST);
  };
}

/** Empty where the language is English. */
function entriesOf(lookup: Lookup): Entry[] {
  const english = textsOf(lookup(ENTRIES, { returnObjects: true, lng: 'en-US' }));
  const local = textsOf(lookup(ENTRIES, { returnObjects: true }));
  const entries = Object.entries(english).flatMap(([key, text]): Entry[] => {
    const said = local[key] ?? text;
    const pieces = text.split(/\{\d+\}/);
    return [{ pieces, own: pieces.join('').length, said }];
  });
  const isEnglish = entries.every(({ said }, at) => said === Object.values(english)[at]);
  return isEnglish ? [] : entries.sort((a, b) => b.own - a.own);
}

function textsOf(found: unknown): Record<string, string> {
  return typeof found === 'object' && found !== null ? (found as Record<string, string>) : {};
}

function say(text: string, entries: readonly Entry[], depth: number): string {
  if (depth === 0 || !/\p{L}{2}/u.test(text)) return text;
  for (const { pieces, said } of entries) {
    const values = valuesOf(text, pieces);
    if (values === null) continue;
    return said.replace(/\{(\d+)\}/g, (hole, n: string) => {
      const value = values[Number(n) - 1];
      return value === undefined ? hole : say(value, entries, depth - 1);
    });
  }
  // Several sentences, one after the other.
  const parts = text.split(/(?<=[.:]) (?=\S)/);
  return parts.length < 2 ? text : parts.map((part) => say(part, entries, depth - 1)).join(' ');
}

/** What stands where the entry has holes; null: it is another text. In linear time: a payload may be in it. */
function valuesOf(text: string, pieces: readonly string[]): string[] | null {
  const [first = '', ...others] = pieces;
  const last = others.pop();
  if (last === undefined) return text === first ? [] : null;
  if (!text.startsWith(first) || !text.endsWith(last)) return null;
  const values: string[] = [];
  const end = text.length - last.length;
  let at = first.length;
  // Of values without anything between them the first one gets all.
  let empty = 0;
  for (const piece of [...others, last]) {
    if (piece === '' && values.length + empty < others.length) {
      empty += 1;
      continue;
    }
    const isLast = values.length + empty === others.length;
    const next = isLast ? end : text.indexOf(piece, at + 1);
    if (next < at || next + piece.length > text.length - (isLast ? 0 : last.length)) return null;
    const value = text.slice(at, next);
    // A value ends with its sentence, unless nothing comes after it.
    if (next < text.length && /[.!?] /.test(value)) return null;
    values.push(value, ...Array<string>(empty).fill(''));
    at = next + piece.length;
    empty = 0;
  }
  return values;
}

import { FILTER_FIELDS } from './query-fields';

export type FilterField = (typeof FILTER_FIELDS)[number];
/** The conditions of a query as texts, as they go into a URL. */
export type QueryConditions = Readonly<Partial<Record<FilterField, string>>>;

/** What is wrong with a text, as a code, and the word that it is about. */
export interface QueryTextProblem {
  readonly problem: 'unknown-field' | 'no-value' | 'unclosed-quote' | 'twice';
  readonly word: string;
}

export type ReadQueryText =
  | { readonly ok: true; readonly conditions: QueryConditions }
  | ({ readonly ok: false } & QueryTextProblem);

interface Word {
  readonly text: string;
  /** Where its first quote begins; -1: none. */
  readonly quotedAt: number;
}

/**
 * Reads a line such as `endpoint:/hooks/github status:failed "exact words"`: `field:value` is a condition,
 * everything else together is the `text`. In quotes a word is never a field; `\"` is a quote, and before a
 * quote `\\` is a backslash.
 * No imports but names: it runs in the browser, too.
 */
export function readQueryText(line: string): ReadQueryText {
  const words = wordsOf(line);
  if (words === null) return { ok: false, problem: 'unclosed-quote', word: '' };
  const conditions: Partial<Record<FilterField, string>> = {};
  const texts: string[] = [];
  for (const word of words) {
    const [name, value] = split(word);
    if (name === null) {
      texts.push(value);
      continue;
    }
    const field = FILTER_FIELDS.find((each) => each.toLowerCase() === name.toLowerCase());
    if (field === undefined) return { ok: false, problem: 'unknown-field', word: name };
    if (value === '') return { ok: false, problem: 'no-value', word: name };
    if (field === 'text') texts.push(value);
    else if (conditions[field] !== undefined) return { ok: false, problem: 'twice', word: field };
    else conditions[field] = value;
  }
  if (texts.length > 0) conditions.text = texts.join(' ');
  return { ok: true, conditions };
}

/** The line that `readQueryText` reads back as these conditions. */
export function queryText(conditions: QueryConditions): string {
  const { text, ...others } = conditions;
  const fields = FILTER_FIELDS.flatMap((field) => {
    const value = field === 'text' ? undefined : others[field];
    return value === undefined || value === '' ? [] : [`${field}:${quoted(value)}`];
  });
  return [...fields, ...(text === undefined || text === '' ? [] : [quotedText(text)])].join(' ');
}

/** A web address is no field, and neither is the time in `12:30`. */
function split({ text, quotedAt }: Word): [name: string | null, value: string] {
  const match = /^([A-Za-z]+):/.exec(text);
  if (match === null || (quotedAt !== -1 && quotedAt < match[0].length)) return [null, text];
  const isAddress = text.startsWith('//', match[0].length) && quotedAt !== match[0].length;
  if (isAddress) return [null, text];
  return [match[1] ?? '', text.slice(match[0].length)];
}

/** Null: a quote is not closed. */
function wordsOf(line: string): Word[] | null {
  const words: Word[] = [];
  let text = '';
  let quotedAt = -1;
  let inQuotes = false;
  const end = (): void => {
    if (text !== '' || quotedAt !== -1) words.push({ text, quotedAt });
    text = '';
    quotedAt = -1;
  };
  for (let at = 0; at < line.length; at++) {
    const char = line[at] ?? '';
    const escape = escapeAt(line, at);
    if (escape !== undefined) {
      text += escape.text;
      at += escape.length - 1;
    } else if (char === '"') {
      inQuotes = !inQuotes;
      if (quotedAt === -1) quotedAt = text.length;
    } else if (!inQuotes && /\s/.test(char)) end();
    else text += char;
  }
  end();
  return inQuotes ? null : words;
}

/** Backslashes before a quote: two are one, and one that is left makes the quote a character of the text. */
function escapeAt(line: string, at: number): { text: string; length: number } | undefined {
  const escape = line.slice(at).match(/^(\\+)(?=(")?)/);
  if (escape === null) return undefined;
  const length = escape[0].length;
  if (escape[2] === undefined) return { text: escape[0], length };
  const half = '\\'.repeat(Math.floor(length / 2));
  return length % 2 === 0 ? { text: half, length } : { text: `${half}"`, length: length + 1 };
}

/** A value in quotes is never taken for the rest of a web address: `method:"//"`. */
function quoted(value: string): string {
  return /[\s"]|^\/\//.test(value) ? inQuotes(value) : value;
}

function quotedText(text: string): string {
  const isPlain = text
    .split(' ')
    .every((word) => word !== '' && split({ text: word, quotedAt: -1 })[0] === null);
  return isPlain && !/[^\S ]|"/.test(text) ? text : inQuotes(text);
}

function inQuotes(text: string): string {
  return `"${text.replace(/(\\*)("|$)/g, (_, slashes: string, quote: string) =>
    quote === '' ? slashes + slashes : `${slashes}${slashes}\\"`,
  )}"`;
}

/** The smallest parts of a regular expression - literals, escapes, sets - written for RE2. Isomorphic. */

export interface PatternFlags {
  readonly ignoreCase: boolean;
  readonly multiline: boolean;
  readonly dotAll: boolean;
  readonly verbose: boolean;
  readonly ascii: boolean;
}

/** Ends a translation; never leaves `translatePattern`. */
export class PatternProblem extends Error {
  readonly kind: 'invalid' | 'unsupported';

  constructor(kind: 'invalid' | 'unsupported', message: string) {
    super(message);
    this.kind = kind;
  }
}

export class PatternCursor {
  readonly #pattern: string;
  #at = 0;

  constructor(pattern: string) {
    this.#pattern = pattern;
  }

  get atEnd(): boolean {
    return this.#at >= this.#pattern.length;
  }

  get peek(): string | undefined {
    return this.#pattern[this.#at];
  }

  /** Takes what a sticky expression finds here; undefined, and nothing taken, where it finds nothing. */
  take(expression: RegExp): RegExpExecArray | undefined {
    expression.lastIndex = this.#at;
    const found = expression.exec(this.#pattern);
    if (found === null) return undefined;
    this.#at += found[0].length;
    return found;
  }

  /** Takes one character (a code point). */
  next(): string {
    const code = this.#pattern.codePointAt(this.#at);
    if (code === undefined) throw new PatternProblem('invalid', 'it ends too early');
    const character = String.fromCodePoint(code);
    this.#at += character.length;
    return character;
  }
}

/** Python's Unicode meaning of the class letters; RE2's own are ASCII. For use inside brackets. */
const UNICODE_CLASSES: Readonly<Record<string, string>> = {
  d: '\\p{Nd}',
  D: '\\P{Nd}',
  w: '\\p{L}\\p{N}_',
  s: '\\t-\\r\\x1c-\\x20\\x85\\xa0\\x{1680}\\x{2000}-\\x{200a}\\x{2028}\\x{2029}\\x{202f}\\x{205f}\\x{3000}',
  S:
    '\\x00-\\x08\\x0e-\\x1b\\x21-\\x{84}\\x{86}-\\x{9f}\\x{a1}-\\x{167f}\\x{1681}-\\x{1fff}' +
    '\\x{200b}-\\x{2027}\\x{202a}-\\x{202e}\\x{2030}-\\x{205e}\\x{2060}-\\x{2fff}\\x{3001}-\\x{10ffff}',
};

/** With the flag `a`; Python's `\s` has the vertical tab, RE2's has not. */
const ASCII_CLASSES: Readonly<Record<string, string>> = {
  d: '\\d',
  D: '\\D',
  w: '\\w',
  W: '\\W',
  s: '\\t-\\r\\x20',
  S: '\\x00-\\x08\\x0e-\\x1f\\x21-\\x{10ffff}',
};

const NOT_WORD = `[^${UNICODE_CLASSES.w}]`;

const CONTROL: Readonly<Record<string, number>> = { a: 7, f: 12, n: 10, r: 13, t: 9, v: 11 };

/** Python folds these four together when it ignores case; Unicode's simple folding does not. */
const DOTTED_AND_DOTLESS_I = ['I', 'i', '\u0130', '\u0131'];

const isUnicodeFolding = (flags: PatternFlags): boolean => flags.ignoreCase && !flags.ascii;

/** A character that stands for itself. */
export function emitLiteral(character: string, flags: PatternFlags): string {
  if (isUnicodeFolding(flags) && DOTTED_AND_DOTLESS_I.includes(character)) {
    return `[${DOTTED_AND_DOTLESS_I.join('')}]`;
  }
  return quote(character);
}

function quote(character: string): string {
  if (/[A-Za-z0-9_]/.test(character)) return character;
  return `\\x{${(character.codePointAt(0) ?? 0).toString(16)}}`;
}

/** What follows a backslash outside brackets, save anchors and back-references. */
export function emitEscape(cursor: PatternCursor, flags: PatternFlags): string {
  const letter = cursor.take(/[dDsSwW]/y)?.[0];
  if (letter === undefined) return emitLiteral(readCharacter(cursor), flags);
  if (letter === 'W' && !flags.ascii) return NOT_WORD;
  return `[${classBody(letter, flags)}]`;
}

function classBody(letter: string, flags: PatternFlags): string {
  return (flags.ascii ? ASCII_CLASSES : UNICODE_CLASSES)[letter] ?? '';
}

/** The character that an escape names. */
function readCharacter(cursor: PatternCursor): string {
  const hex = cursor.take(/x([\da-fA-F]{2})|u([\da-fA-F]{4})|U([\da-fA-F]{8})/y);
  if (hex !== undefined) return fromCode(Number.parseInt(hex[1] ?? hex[2] ?? hex[3] ?? '', 16));
  const octal = cursor.take(/0[0-7]{0,2}|[0-7]{3}/y)?.[0];
  if (octal !== undefined) return fromCode(Number.parseInt(octal, 8), 0o377);
  if (cursor.take(/N\{[^}]+\}/y) !== undefined) {
    throw new PatternProblem('unsupported', 'a character by its Unicode name');
  }
  const control = cursor.take(/[afnrtv]/y)?.[0];
  if (control !== undefined) return fromCode(CONTROL[control] ?? 0);
  const character = cursor.next();
  if (/[A-Za-z0-9]/.test(character)) {
    throw new PatternProblem('invalid', `\`\\${character}\` means nothing`);
  }
  return character;
}

function fromCode(code: number, max = 0x10ffff): string {
  if (code > max) throw new PatternProblem('invalid', 'an escape is no character');
  return String.fromCodePoint(code);
}

/** A set in brackets, after its opening bracket. */
export function emitClass(cursor: PatternCursor, flags: PatternFlags): string {
  const negated = cursor.take(/\^/y) !== undefined;
  let body = '';
  let hasNotWord = false;
  for (let first = true; ; first = false) {
    if (!first && cursor.take(/\]/y) !== undefined) break;
    const from = readMember(cursor);
    const isRange = cursor.take(/-(?!\])/y) !== undefined;
    const to = isRange ? readMember(cursor) : from;
    if (isRange) checkRange(from, to);
    if (from.letter === 'W' && !flags.ascii) hasNotWord = true;
    else if (from.letter !== undefined) body += classBody(from.letter, flags);
    else body += range(from.character, to.character, flags);
  }
  if (!hasNotWord) return `[${negated ? '^' : ''}${body}]`;
  if (negated) throw new PatternProblem('unsupported', '`\\W` within `[^...]`');
  return body === '' ? NOT_WORD : `(?:[${body}]|${NOT_WORD})`;
}

interface Member {
  readonly character: string;
  /** Set for a class such as `\d`. */
  readonly letter?: string;
}

function readMember(cursor: PatternCursor): Member {
  if (cursor.atEnd) throw new PatternProblem('invalid', 'a set is not closed');
  if (cursor.take(/\\/y) === undefined) return { character: cursor.next() };
  const letter = cursor.take(/[dDsSwW]/y)?.[0];
  if (letter !== undefined) return { character: '', letter };
  if (cursor.take(/b/y) !== undefined) return { character: '\b' };
  const octal = cursor.take(/[0-7]{1,3}/y)?.[0];
  if (octal !== undefined) return { character: fromCode(Number.parseInt(octal, 8), 0o377) };
  return { character: readCharacter(cursor) };
}

function checkRange(from: Member, to: Member): void {
  const isReversed = (from.character.codePointAt(0) ?? 0) > (to.character.codePointAt(0) ?? 0);
  if (from.letter !== undefined || to.letter !== undefined || isReversed) {
    throw new PatternProblem('invalid', 'a range in a set is not one');
  }
}

function range(from: string, to: string, flags: PatternFlags): string {
  const source = from === to ? quote(from) : `${quote(from)}-${quote(to)}`;
  const within = (character: string): boolean => from <= character && character <= to;
  const folds = isUnicodeFolding(flags) && DOTTED_AND_DOTLESS_I.some(within);
  return folds ? source + DOTTED_AND_DOTLESS_I.join('') : source;
}

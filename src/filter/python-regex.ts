/**
 * Reads a regular expression in Python's syntax (`re`, Python 3.11) and writes it for a linear-time
 * engine of the RE2 family. Only whether a text matches is asked, so groups lose their captures.
 *
 * What such an engine cannot do is `unsupported`: look-ahead, back-references, atomic groups,
 * possessive repeats, conditionals. What Python refuses as well is `invalid`.
 * One difference remains: word boundaries (`\b`, `\B`) know ASCII letters only, so a pattern that uses
 * them beside other letters is refused. Isomorphic.
 */
import {
  emitClass,
  emitEscape,
  emitLiteral,
  PatternCursor,
  PatternProblem,
  type PatternFlags,
} from './python-regex-atoms';

export type Translation =
  | { readonly ok: true; /** For RE2, not anchored. */ readonly source: string }
  | {
      readonly ok: false;
      readonly kind: 'invalid' | 'unsupported';
      readonly problem: string;
    };

export function translatePattern(pattern: string): Translation {
  const cursor = new PatternCursor(pattern);
  try {
    const flags = readGlobalFlags(cursor);
    const parser: Parser = { cursor, groups: 0, names: new Set(), depth: 0, boundary: false };
    const { source } = readAlternatives(parser, flags);
    if (!cursor.atEnd) throw new PatternProblem('invalid', 'a `)` closes no group');
    if (parser.boundary && !flags.ascii && /[^\x00-\x7f]/.test(pattern)) {
      throw new PatternProblem('unsupported', '`\\b` beside letters that are not ASCII');
    }
    return { ok: true, source: flags.ignoreCase ? `(?i:${source})` : source };
  } catch (thrown) {
    if (!(thrown instanceof PatternProblem)) throw thrown;
    return { ok: false, kind: thrown.kind, problem: explain(thrown) };
  }
}

function explain({ kind, message }: PatternProblem): string {
  return kind === 'invalid'
    ? `the regular expression is not valid: ${message}.`
    : `the regular expression uses ${message}, which can't be matched in linear time.`;
}

interface Parser {
  readonly cursor: PatternCursor;
  /** Groups opened so far. */
  groups: number;
  readonly names: Set<string>;
  depth: number;
  /** A word boundary was used. */
  boundary: boolean;
}

/** Part of a pattern, and whether it may end at a `$`. */
interface Part {
  readonly source: string;
  readonly endsAtDollar: boolean;
}

/** Deeper nesting than any pattern needs; it would end in a stack overflow. */
const MAX_DEPTH = 200;

/** Flags at the very start hold for the whole pattern; Python allows them nowhere else. */
function readGlobalFlags(cursor: PatternCursor): PatternFlags {
  let flags: PatternFlags = {
    ignoreCase: false,
    multiline: false,
    dotAll: false,
    verbose: false,
    ascii: false,
  };
  for (;;) {
    const letters = cursor.take(/\(\?([aimsux]+)\)/y)?.[1];
    if (letters === undefined) return flags;
    flags = withFlags(flags, letters, '');
  }
}

function withFlags(flags: PatternFlags, on: string, off: string): PatternFlags {
  const set = (letter: string, current: boolean): boolean =>
    (current || on.includes(letter)) && !off.includes(letter);
  if (on.includes('a') && on.includes('u')) {
    throw new PatternProblem('invalid', 'the flags `a` and `u` exclude each other');
  }
  return {
    ignoreCase: set('i', flags.ignoreCase),
    multiline: set('m', flags.multiline),
    dotAll: set('s', flags.dotAll),
    verbose: set('x', flags.verbose),
    ascii: on.includes('u') ? false : set('a', flags.ascii),
  };
}

/** Alternatives up to the end of the group or pattern. */
function readAlternatives(parser: Parser, flags: PatternFlags): Part {
  const sources: string[] = [];
  let endsAtDollar = false;
  do {
    const part = readSequence(parser, flags);
    sources.push(part.source);
    endsAtDollar ||= part.endsAtDollar;
  } while (parser.cursor.take(/\|/y) !== undefined);
  return { source: sources.join('|'), endsAtDollar };
}

function readSequence(parser: Parser, flags: PatternFlags): Part {
  const { cursor } = parser;
  let source = '';
  let endsAtDollar = false;
  let repeatable = false;
  for (;;) {
    if (flags.verbose && cursor.take(/[ \t\n\r\f\v]+|#[^\n]*/y) !== undefined) continue;
    if (cursor.take(/\(\?#[^)]*\)/y) !== undefined) continue;
    if (cursor.atEnd || cursor.peek === ')' || cursor.peek === '|') break;
    const repeat = readRepeat(cursor);
    if (repeat !== undefined && !repeatable) {
      throw new PatternProblem('invalid', `\`${repeat}\` has nothing to repeat`);
    }
    if (endsAtDollar) throw new PatternProblem('unsupported', '`$` with something after it');
    if (repeat !== undefined) {
      source += repeat;
      repeatable = false;
      continue;
    }
    const atom = readAtom(parser, flags);
    source += atom.source;
    endsAtDollar = atom.endsAtDollar;
    repeatable = !atom.anchor;
  }
  return { source, endsAtDollar };
}

/** A repeat; a brace that is none is a literal, as in Python. */
function readRepeat(cursor: PatternCursor): string | undefined {
  const found = cursor.take(/([*+?])|\{(?!\})(\d*)(?:(,)(\d*))?\}/y);
  if (found === undefined) return undefined;
  const [whole, simple, min = '', comma, max = ''] = found;
  if (cursor.take(/\+/y) !== undefined) {
    throw new PatternProblem('unsupported', `the possessive repeat \`${whole}+\``);
  }
  if (min !== '' && max !== '' && Number(min) > Number(max)) {
    throw new PatternProblem('invalid', `\`${whole}\` has its bounds reversed`);
  }
  if (Number(min) > 1000 || Number(max) > 1000) {
    throw new PatternProblem('unsupported', `a repeat of more than 1000, \`${whole}\``);
  }
  const lazy = cursor.take(/\?/y) === undefined ? '' : '?';
  const counted = comma === undefined ? `{${min}}` : `{${min || '0'},${max}}`;
  return (simple ?? counted) + lazy;
}

interface Atom extends Part {
  /** Matches a place, not characters: Python refuses to repeat it. */
  readonly anchor: boolean;
}

const characters = (source: string): Atom => ({ source, endsAtDollar: false, anchor: false });
const anchor = (source: string): Atom => ({ source, endsAtDollar: false, anchor: true });

function readAtom(parser: Parser, flags: PatternFlags): Atom {
  const { cursor } = parser;
  const first = cursor.next();
  switch (first) {
    case '(':
      return readGroup(parser, flags);
    case '[':
      return characters(emitClass(cursor, flags));
    case '.':
      return characters(flags.dotAll ? '(?s:.)' : '.');
    case '^':
      return anchor(flags.multiline ? '(?m:^)' : '\\A');
    case '$':
      // Python: at the end, or before a newline at the end. Nothing may follow, so it may be consumed.
      if (flags.multiline) return anchor('(?m:$)');
      return { source: '(?:\\n?\\z)', endsAtDollar: true, anchor: true };
    case '\\':
      return readEscape(parser, flags);
    default:
      return characters(emitLiteral(first, flags));
  }
}

function readEscape(parser: Parser, flags: PatternFlags): Atom {
  const { cursor } = parser;
  if (cursor.take(/A/y) !== undefined) return anchor('\\A');
  if (cursor.take(/Z/y) !== undefined) return anchor('\\z');
  const boundary = cursor.take(/[bB]/y)?.[0];
  if (boundary !== undefined) {
    parser.boundary = true;
    return anchor(`\\${boundary}`);
  }
  const reference = cursor.take(/(?![0-3][0-7][0-7])[1-9]\d?/y)?.[0];
  if (reference !== undefined) {
    if (Number(reference) > parser.groups) {
      throw new PatternProblem('invalid', `\`\\${reference}\` refers to no group`);
    }
    throw new PatternProblem('unsupported', `the back-reference \`\\${reference}\``);
  }
  return characters(emitEscape(cursor, flags));
}

const UNSUPPORTED_GROUPS: readonly (readonly [RegExp, string])[] = [
  [/\?=|\?!/y, 'look-ahead (a second condition, or a rule that matches `none`, can do that)'],
  [/\?P=/y, 'a back-reference by name'],
  [/\?>/y, 'an atomic group'],
  [/\?\(/y, 'a conditional group'],
];

/** A group, after its opening parenthesis. */
function readGroup(parser: Parser, flags: PatternFlags): Atom {
  const { cursor } = parser;
  for (const [opening, construct] of UNSUPPORTED_GROUPS) {
    if (cursor.take(opening) !== undefined) throw new PatternProblem('unsupported', construct);
  }
  const lookBehind = cursor.take(/\?<[=!]/y)?.[0];
  if (lookBehind !== undefined) {
    const { source } = readGroupBody(parser, flags);
    return characters(`(${lookBehind}${source})`);
  }
  const scoped = cursor.take(/\?([aimsux]*)(?:-([imsx]+))?:/y);
  if (scoped === undefined) {
    openCapture(parser);
    return readPlainGroup(parser, flags, '');
  }
  const inner = withFlags(flags, scoped[1] ?? '', scoped[2] ?? '');
  const changed = inner.ignoreCase !== flags.ignoreCase;
  return readPlainGroup(parser, inner, changed ? (inner.ignoreCase ? 'i' : '-i') : '');
}

function openCapture(parser: Parser): void {
  parser.groups += 1;
  const name = parser.cursor.take(/\?P<([\p{L}_][\p{L}\p{N}_]*)>/uy)?.[1];
  if (name === undefined) {
    if (parser.cursor.peek === '?') throw new PatternProblem('invalid', 'a group starts with `(?`');
    return;
  }
  if (parser.names.has(name))
    throw new PatternProblem('invalid', `two groups have the name ${name}`);
  parser.names.add(name);
}

function readPlainGroup(parser: Parser, flags: PatternFlags, prefix: string): Atom {
  const { source, endsAtDollar } = readGroupBody(parser, flags);
  return { source: `(?${prefix}:${source})`, endsAtDollar, anchor: false };
}

function readGroupBody(parser: Parser, flags: PatternFlags): Part {
  parser.depth += 1;
  if (parser.depth > MAX_DEPTH) throw new PatternProblem('unsupported', 'groups nested too deep');
  const part = readAlternatives(parser, flags);
  parser.depth -= 1;
  if (parser.cursor.take(/\)/y) === undefined) {
    throw new PatternProblem('invalid', 'a group is not closed');
  }
  return part;
}

import { parseDocument, type ScalarTag, type Tags } from 'yaml';
import { setOwnValue } from '../../../src/sync/mapping/own-keys';

const DEEPEST = 100;

/** What can be wrong with a text, by the codes of the library and two of ours: each has its words. */
export const YAML_PROBLEMS = [
  ...['ALIAS_PROPS', 'BAD_ALIAS', 'BAD_COLLECTION_TYPE', 'BAD_DIRECTIVE', 'BAD_DQ_ESCAPE'],
  ...['BAD_INDENT', 'BAD_PROP_ORDER', 'BAD_SCALAR_START', 'BLOCK_AS_IMPLICIT_KEY'],
  ...['BLOCK_IN_FLOW', 'KEY_OVER_1024_CHARS', 'MISSING_CHAR', 'MULTILINE_IMPLICIT_KEY'],
  ...['MULTIPLE_ANCHORS', 'MULTIPLE_DOCS', 'MULTIPLE_TAGS', 'TAB_AS_INDENT', 'TAG_RESOLVE_FAILED'],
  ...['UNEXPECTED_TOKEN', 'KEY_NO_TEXT', 'TOO_DEEP'],
] as const;

/** Why a text can't be read: a code of `YAML_PROBLEMS` or another of the library's, and where. */
export class YamlProblem extends Error {
  override readonly name = 'YamlProblem';
  readonly code: string;
  /** Counting from 1; null: nowhere in particular. */
  readonly line: number | null;

  constructor(code: string, message: string, line: number | null = null) {
    super(message);
    this.code = code;
    this.line = line;
  }
}

/**
 * The data of a YAML text as APILinker reads it: YAML 1.1 by PyYAML's `safe_load`. `no` is false, `010` is 8,
 * the last of two equal keys wins; `y` and `1e3` are texts. A date stays the text that it is written as.
 * Throws a YamlProblem for what is no YAML, has several documents, or objects of a program.
 */
export function readYaml(text: string): unknown {
  const document = parseDocument(text, {
    version: '1.1',
    merge: true,
    uniqueKeys: false,
    customTags: asPython,
  });
  const [problem] = [...document.errors, ...document.warnings];
  if (problem !== undefined) {
    const message = problem.message.split('\n')[0]?.replace(/:$/, '') ?? '';
    throw new YamlProblem(problem.code, message, problem.linePos?.[0].line ?? null);
  }
  return plain(dataOf(document), 0);
}

/** References may make more of a small text than there is room for. */
function dataOf(document: ReturnType<typeof parseDocument>): unknown {
  try {
    return document.toJS({ mapAsMap: true });
  } catch (thrown) {
    throw new YamlProblem('BAD_ALIAS', thrown instanceof Error ? thrown.message : String(thrown));
  }
}

/** With a dot, and a sign in the exponent. */
const PYTHON_EXPONENT = /^[-+]?(?:[0-9][0-9_]*)?\.[0-9_]*[eE][-+][0-9]+$/;

function asPython(tags: Tags): Tags {
  return tags.flatMap((tag): Tags => {
    if (typeof tag === 'string' || tag.collection !== undefined) return [tag];
    if (tag.tag.endsWith(':timestamp')) return [];
    return tag.test === undefined ? [tag] : [{ ...tag, test: asPythonTests(tag, tag.test) }];
  });
}

function asPythonTests({ tag, format }: ScalarTag, test: RegExp): RegExp {
  if (format === 'EXP') return PYTHON_EXPONENT;
  // Single letters are no answer.
  return tag.endsWith(':bool') ? new RegExp(`^(?![yYnN]$)(?:${test.source})`) : test;
}

/** Plain data with own keys only; what has no text as its key has none in JSON either. */
function plain(value: unknown, depth: number): unknown {
  if (depth > DEEPEST) throw new YamlProblem('TOO_DEEP', 'It is nested too deeply.');
  if (Array.isArray(value)) return value.map((each) => plain(each, depth + 1));
  if (!(value instanceof Map)) return value;
  const record = {};
  for (const [key, each] of value as Map<unknown, unknown>) {
    if (typeof key === 'object' && key !== null) {
      throw new YamlProblem('KEY_NO_TEXT', 'A key must be a text.');
    }
    setOwnValue(record, String(key), plain(each, depth + 1));
  }
  return record;
}

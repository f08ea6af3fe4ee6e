import { parseDocument, type ScalarTag, type Tags } from 'yaml';
import { setOwnValue } from '../../../src/sync/mapping/own-keys';

const DEEPEST = 100;

/**
 * The data of a YAML text as APILinker reads it: YAML 1.1 by PyYAML's `safe_load`. `no` is false, `010` is 8,
 * the last of two equal keys wins; `y` and `1e3` are texts. A date stays the text that it is written as.
 * Throws an Error with words for what is no YAML, has several documents, or objects of a program.
 */
export function readYaml(text: string): unknown {
  const document = parseDocument(text, {
    version: '1.1',
    merge: true,
    uniqueKeys: false,
    customTags: asPython,
  });
  const [problem] = [...document.errors, ...document.warnings];
  if (problem !== undefined) throw new Error(problem.message.split('\n')[0]?.replace(/:$/, ''));
  return plain(document.toJS({ mapAsMap: true }), 0);
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
  if (depth > DEEPEST) throw new Error('It is nested too deeply.');
  if (Array.isArray(value)) return value.map((each) => plain(each, depth + 1));
  if (!(value instanceof Map)) return value;
  const record = {};
  for (const [key, each] of value as Map<unknown, unknown>) {
    if (typeof key === 'object' && key !== null) throw new Error('A key must be a text.');
    setOwnValue(record, String(key), plain(each, depth + 1));
  }
  return record;
}

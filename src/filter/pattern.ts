import { RE2JS } from 're2js';
import { translatePattern } from './python-regex';

/** Whether a text matches. Linear in the length of the text, whatever the pattern. */
export type TextTest = (text: string) => boolean;

/**
 * A regular expression in Python's syntax.
 * `start`: the match begins at the first character (Python's `re.match`); `anywhere`: `re.search`.
 * Throws, with words, where it is not valid or can't be matched in linear time.
 */
export function compileRegex(pattern: string, where: 'start' | 'anywhere'): TextTest {
  const translation = translatePattern(pattern);
  if (!translation.ok) throw new Error(translation.problem);
  const { source } = translation;
  return compileRe2(where === 'start' ? `\\A(?:${source})` : source);
}

/**
 * Globs of which one has to match the whole text: `*` is any run of characters, `/` included, `?` is
 * one character (a code point), everything else stands for itself. Case matters.
 */
export function compileGlobs(globs: readonly string[]): TextTest {
  if (globs.every((glob) => !/[*?]/.test(glob))) return (text) => globs.includes(text);
  return compileRe2(`(?s)\\A(?:${globs.map(globSource).join('|')})\\z`);
}

function globSource(glob: string): string {
  return glob
    .split(/([*?])/)
    .map((part) => (part === '*' ? '.*' : part === '?' ? '.' : RE2JS.quote(part)))
    .join('');
}

function compileRe2(source: string): TextTest {
  let compiled: RE2JS;
  try {
    compiled = RE2JS.compile(source, RE2JS.LOOKBEHINDS);
  } catch (thrown) {
    const reason = thrown instanceof Error ? thrown.message : String(thrown);
    throw new Error(`the pattern can't be matched in linear time: ${reason}`, { cause: thrown });
  }
  return (text) => compiled.test(text);
}

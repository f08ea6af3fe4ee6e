import { RE2JS } from 're2js';

/**
 * A regular expression in JavaScript's syntax - of a JSON Schema, of a JSONata expression - in an
 * engine that takes time linear in the length of the text. Throws, with words, where the expression is
 * not valid, or needs a backtracking engine. `\d`, `\w`, `\s` and `\b` know ASCII only.
 */
export function compileEcmaRegex(expression: string | RegExp): RE2JS {
  const source = typeof expression === 'string' ? expression : expression.source;
  // The translation takes it for an escaped letter.
  if (/(?:^|[^\\])(?:\\\\)*\\k/.test(source)) throw problem(source, 'a back-reference by name');
  try {
    return RE2JS.compile(RE2JS.translateRegExp(expression), RE2JS.LOOKBEHINDS);
  } catch (thrown) {
    throw problem(source, thrown instanceof Error ? thrown.message : String(thrown), thrown);
  }
}

function problem(source: string, reason: string, cause?: unknown): Error {
  const words = `the regular expression ${JSON.stringify(source)} can't be matched in linear time`;
  return new Error(`${words}: ${reason}`, { cause });
}

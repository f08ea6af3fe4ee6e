import { RE2JS } from 're2js';

/**
 * A pattern of a scheme, matched in linear time: what it is matched against comes from the sender.
 * It has to match the whole text. Throws, with words, where it is not valid.
 */
export function compilePattern(pattern: string): (text: string) => boolean {
  const source = pattern.replace(/^\^/, '').replace(/(?<!\\)\$$/, '');
  const compiled = RE2JS.compile(`\\A(?:${source})\\z`);
  return (text) => compiled.test(text);
}

/** A pattern that has to match somewhere, unless it is anchored. */
export function compileSearch(pattern: string): (text: string) => boolean {
  const compiled = RE2JS.compile(pattern);
  return (text) => compiled.test(text);
}

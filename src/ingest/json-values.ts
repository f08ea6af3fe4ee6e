/** Where a text, a number or a word of a JSON document stands, and the keys that lead to it. */
export interface JsonValueSpan {
  /** Array elements have `*` for their index. */
  readonly path: readonly string[];
  readonly start: number;
  readonly end: number;
}

const SPACE = /[\s,:]/;

/**
 * The values of a document that parses, in its order; `text` holds a byte a character, so that a place
 * in it is a place in the body. Not recursive, and paths of more than `maxKeys` are passed over: senders
 * choose how deep they nest.
 */
export function* jsonValues(text: string, maxKeys: number): Generator<JsonValueSpan> {
  const path: string[] = [];
  let at = 0;
  let key: string | undefined;
  const isObject: boolean[] = [];
  while (at < text.length) {
    const start = at;
    const character = text[start] ?? '';
    if (SPACE.test(character)) at++;
    else if (character === '{' || character === '[') {
      if (isObject.length > 0) path.push(key ?? '*');
      key = undefined;
      isObject.push(character === '{');
      at++;
    } else if (character === '}' || character === ']') {
      isObject.pop();
      path.pop();
      at++;
    } else {
      at = character === '"' ? endOfText(text, start) : endOfWord(text, start);
      if (isObject.at(-1) === true && key === undefined) key = keyOf(text.slice(start, at));
      else {
        if (path.length < maxKeys) yield { path: [...path, key ?? '*'], start, end: at };
        key = undefined;
      }
    }
  }
}

function endOfText(text: string, start: number): number {
  let at = start + 1;
  for (;;) {
    const quote = text.indexOf('"', at);
    if (quote === -1) return text.length;
    let slashes = 0;
    while (text[quote - 1 - slashes] === '\\') slashes++;
    if (slashes % 2 === 0) return quote + 1;
    at = quote + 1;
  }
}

function endOfWord(text: string, start: number): number {
  let at = start + 1;
  while (at < text.length && !/[\s,:[\]{}"]/.test(text[at] ?? '')) at++;
  return at;
}

function keyOf(literal: string): string {
  return JSON.parse(Buffer.from(literal, 'latin1').toString('utf8')) as string;
}

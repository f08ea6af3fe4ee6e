import ts from 'typescript';
import {
  calleeName,
  constantsOf,
  functionName,
  parse,
  walk,
  writtenTexts,
  type Constants,
} from './written-text';

/** Attributes and properties that a user reads. */
const SHOWN_NAMES = new Set([
  ...['text', 'title', 'label', 'placeholder', 'tooltip', 'alt', 'textContent', 'innerText'],
  ...['aria-label', 'aria-description', 'ariaLabel', 'addButton', 'paletteLabel', 'add'],
]);
/** Functions of which that argument, and all after it where it is a list of children, is read by a user. */
const SHOWN_ARGUMENTS: Readonly<Record<string, readonly number[]>> = {
  ...{ notify: [0], alert: [0], confirm: [0], prompt: [0], createTextNode: [0] },
  ...{ append: [0, 1, 2], prepend: [0, 1, 2], before: [0], after: [0], replaceChildren: [0, 1, 2] },
  ...{ el: [2, 3, 4, 5, 6], button: [0], iconButton: [1], badge: [1], notice: [1, 2, 3] },
  ...{ askTwice: [0, 1], copyText: [2], showProblem: [1], tell: [0], problem: [1] },
};
/** Methods of jQuery; functions of that name are others. */
const SHOWN_BY_METHOD = new Set(['text']);
/** A function with such a name returns what is shown. */
const SHOWN_RESULT = /^(label|inputLabels|outputLabels)$|(Text|Words|InWords)$|^inWords$/;
/** Symbols that are those of every language. */
const UNITS = new Set(['ms', 'min', 'kB', 'MB', 'GB']);
/** How technical names look, which no language translates: a code, a header, a path, a URL. */
const PRODUCTS = new Set(['PostgreSQL', 'SQLite', 'JSON', 'HTTP', 'HTTPS', 'URL', 'IP']);

/** The literals in code that end up before a user's eyes, each with its line: `12: Not found`. */
export function shownLiterals(file: string, source: string): string[] {
  const parsed = parse(file, source);
  const constants = constantsOf(parsed);
  const found = new Set<string>();
  walk(parsed, (node) => {
    for (const shown of shownBy(node))
      for (const text of literalsIn(shown, constants)) {
        const { line } = parsed.getLineAndCharacterOfPosition(shown.getStart());
        found.add(`${line + 1}: ${text}`);
      }
  });
  return [...found];
}

/** Whether that is read as words; `min`, `×` and `PostgreSQL` are the same everywhere. */
export function isWords(text: string): boolean {
  // The name of a picture.
  if (/^fa-[a-z-]+$/.test(text)) return false;
  const words = text.match(/\p{L}{2,}/gu) ?? [];
  return words.some((word) => !UNITS.has(word) && !PRODUCTS.has(word));
}

function literalsIn(shown: ts.Expression, constants: Constants): string[] {
  return writtenTexts(shown, constants).flatMap((written) => {
    const pieces = written.filter((piece) => piece !== null);
    // The literal of an element (`<span title="...">`) shows what it has between and in its tags.
    const read = pieces.flatMap((piece) => (piece.startsWith('<') ? htmlTexts(piece) : [piece]));
    return read.some(isWords) ? [pieces.join('…')] : [];
  });
}

/** The expressions of a piece of syntax of which the value is shown. */
function shownBy(node: ts.Node): readonly ts.Expression[] {
  if (ts.isCallExpression(node)) return shownArguments(node);
  if (ts.isPropertyAssignment(node) && SHOWN_NAMES.has(nameOf(node.name)))
    return isNodeType(node) || isExample(nameOf(node.name), node.initializer)
      ? []
      : [node.initializer];
  if (ts.isShorthandPropertyAssignment(node) && SHOWN_NAMES.has(node.name.text)) return [node.name];
  if (ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.EqualsToken) {
    const { left, right } = node;
    return ts.isPropertyAccessExpression(left) && SHOWN_NAMES.has(left.name.text) ? [right] : [];
  }
  if (ts.isReturnStatement(node) && node.expression !== undefined)
    return SHOWN_RESULT.test(functionName(node)) ? [node.expression] : [];
  return [];
}

function shownArguments(call: ts.CallExpression): ts.Expression[] {
  const name = calleeName(call);
  const given = call.arguments;
  const [first, second] = given;
  if (name === '$' && first !== undefined) return isMarkup(first) ? [first] : [];
  if (['attr', 'prop', 'setAttribute'].includes(name)) {
    const isShown = first !== undefined && ts.isStringLiteral(first) && SHOWN_NAMES.has(first.text);
    return isShown && second !== undefined && !isExample(first.text, second) ? [second] : [];
  }
  if (SHOWN_BY_METHOD.has(name))
    return ts.isPropertyAccessExpression(call.expression) && first !== undefined ? [first] : [];
  return (Object.hasOwn(SHOWN_ARGUMENTS, name) ? SHOWN_ARGUMENTS[name]! : []).flatMap((at) => {
    const argument = given[at];
    return argument === undefined ? [] : [argument];
  });
}

function isMarkup(expression: ts.Expression): boolean {
  return ts.isStringLiteralLike(expression) && expression.text.trim().startsWith('<');
}

/** A placeholder may be an example of a value, which is the same in every language: `X-API-Key`, `items`. */
function isExample(name: string, shown: ts.Expression): boolean {
  const all = writtenTexts(shown, new Map()).map((written) => written.join('…'));
  return name === 'placeholder' && all.every(isExampleValue);
}

/** One word that is no word of a sentence: `data.items`, `https://api.example.com`, `5s 5m 2h`. */
export function isExampleValue(text: string): boolean {
  return text.split(' ').every((part) => /[\d_./:-]/.test(part) || /^[a-z]+$/.test(text));
}

/** The palette's label is the type of the node, as in Node-RED's own palette: `webhook in`. */
function isNodeType({ name, initializer }: ts.PropertyAssignment): boolean {
  const isType = ts.isStringLiteral(initializer) && /^[a-z]+ [a-z]+$/.test(initializer.text);
  return nameOf(name) === 'paletteLabel' && isType;
}

function nameOf(name: ts.PropertyName): string {
  return ts.isIdentifier(name) || ts.isStringLiteral(name) ? name.text : '';
}

const READ_ATTRIBUTE = /\s(title|placeholder|aria-label|alt|label)="([^"]*)"/g;

/** What a user reads of markup: the texts between tags, and attributes that are shown. */
export function htmlTexts(html: string): string[] {
  const visible = html
    .replace(/<!--[\s\S]*?-->/g, '')
    .replace(/<(style|script)\b[\s\S]*?<\/\1>/g, '');
  const attributes = [...visible.matchAll(READ_ATTRIBUTE)].flatMap(([, name, value = '']) =>
    name === 'placeholder' && isExampleValue(value) ? [] : [value],
  );
  const between = visible.replace(/<[^>]*>/g, '\n').split('\n');
  return [...between, ...attributes].map((text) => text.trim()).filter((text) => text !== '');
}

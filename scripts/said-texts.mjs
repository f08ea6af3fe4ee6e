// The English sentences of the runtime that can reach a status, a dialog or the sidebar, as entries for translators:
// `said` in the locale file of the sidebar. An entry is a sentence as the code has it, `{1}`, `{2}` where it puts
// something in; nodes/shared/said.ts finds the entry of a text, and says it in the language of the editor.
// usage: node scripts/said-texts.mjs [--check]   (--check: write nothing, name what is missing or left over)
import { createHash } from 'node:crypto';
import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import ts from 'typescript';

const LOCALE = 'nodes/webhooks-sidebar/locales/en-US/webhooks-sidebar.json';
/** Everywhere in there a text is for users; elsewhere only what is thrown. */
const ALL_FOR_USERS =
  /^src\/(delivery|filter|history|ingest|shared|signature|sync)\/|\.config\.ts$|^nodes\/shared\/\w+-(fields|settings)\.ts$/;
/** Data, and what the browser has its own keys for. */
const LEFT_OUT = /\/providers\/|\.editor\.ts$|\/editor\/|^nodes\/shared\/editor/;
const THROWN_BY = /(Error|Problem|StoreUnavailable|notTestable|unusable)$/;

/** The sentences of one source, in the order in which they stand there. */
export function saidIn(file, source) {
  const found = [];
  const isAll = ALL_FOR_USERS.test(file);
  const visit = (node, isThrown) => {
    const isShown = isAll || isThrown;
    const text = isShown ? textOf(node) : undefined;
    if (text !== undefined) {
      if (isSentence(text)) found.push(text);
      // What is put into it may be a sentence, too.
      ts.forEachChild(node, (child) => inside(child, isThrown));
      return;
    }
    const throws = ts.isNewExpression(node) || ts.isCallExpression(node);
    const isThrower = throws && THROWN_BY.test(node.expression.getText());
    ts.forEachChild(node, (child) => visit(child, isThrown || isThrower));
  };
  /** Pieces of a text that was found are no texts of their own; what fills its holes is. */
  const inside = (node, isThrown) => {
    if (isPiece(node)) return;
    if (isPlus(node) || ts.isTemplateExpression(node))
      ts.forEachChild(node, (child) => inside(child, isThrown));
    else if (ts.isTemplateSpan(node)) visit(node.expression, isThrown);
    else visit(node, isThrown);
  };
  visit(ts.createSourceFile(file, source, ts.ScriptTarget.Latest, true), false);
  return found;
}

const isPlus = (node) =>
  ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.PlusToken;
const isPiece = (node) =>
  ts.isStringLiteralLike(node) ||
  ts.isTemplateHead(node) ||
  ts.isTemplateMiddleOrTemplateTail(node);

/** A literal, a template or a sum of them, with numbered holes; undefined: it is none. */
function textOf(node) {
  const pieces = piecesOf(node);
  if (pieces === undefined || pieces.every((piece) => piece === null)) return undefined;
  let hole = 0;
  return pieces.map((piece) => piece ?? `{${++hole}}`).join('');
}

function piecesOf(node) {
  if (ts.isStringLiteralLike(node)) return isName(node) ? undefined : [node.text];
  if (ts.isTemplateExpression(node))
    return [node.head.text, ...node.templateSpans.flatMap(({ literal }) => [null, literal.text])];
  if (!isPlus(node)) return undefined;
  const sides = [node.left, node.right].map((side) => piecesOf(side) ?? [null]);
  return sides.flat().some((piece) => piece !== null) ? sides.flat() : undefined;
}

/** Of a module, a property, a type: nothing that anybody reads. */
function isName({ parent }) {
  return (
    ts.isImportDeclaration(parent) ||
    ts.isExportDeclaration(parent) ||
    ts.isLiteralTypeNode(parent) ||
    ts.isElementAccessExpression(parent)
  );
}

/** Words with a space between them, or a word and something put in. */
function isSentence(text) {
  if (/\b(SELECT|INSERT|UPDATE|DELETE|CREATE|PRAGMA|FROM|WHERE|SET)\b/.test(text)) return false;
  return /\{\d+\}/.test(text)
    ? /[a-z]{2,}/i.test(text.replace(/\{\d+\}/g, '')) && text.includes(' ')
    : /[a-z]+ [a-z]+/i.test(text);
}

/** Readable, and the same for the same sentence. */
export function keyOf(text) {
  const words = text.toLowerCase().match(/[a-z]+/g) ?? [];
  const digest = createHash('sha256').update(text).digest('hex').slice(0, 4);
  return [...words.slice(0, 6), digest].join('-');
}

function allSaid() {
  const files = globSync(['src/**/*.ts', 'nodes/**/*.ts']).filter((file) => !LEFT_OUT.test(file));
  const texts = files.sort().flatMap((file) => saidIn(file, readFileSync(file, 'utf8')));
  const entries = [...new Set(texts)].map((text) => [keyOf(text), text]);
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const locale = JSON.parse(readFileSync(LOCALE, 'utf8'));
  const said = allSaid();
  if (process.argv.includes('--check')) {
    const before = locale.said ?? {};
    for (const [key, text] of Object.entries(said))
      if (before[key] !== text) console.log(`missing: ${text}`);
    for (const [key, text] of Object.entries(before))
      if (said[key] !== text) console.log(`left over: ${text}`);
    process.exitCode = JSON.stringify(before) === JSON.stringify(said) ? 0 : 1;
  } else writeFileSync(LOCALE, `${JSON.stringify({ ...locale, said }, null, 2)}\n`);
}

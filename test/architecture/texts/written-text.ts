import ts from 'typescript';

/** What an expression may be as a text: pieces as written, null where something is computed. */
export type Written = readonly (string | null)[];

/** The string constants of one file, by name. */
export type Constants = ReadonlyMap<string, ts.Expression>;

export function parse(file: string, source: string): ts.SourceFile {
  return ts.createSourceFile(file, source, ts.ScriptTarget.Latest, true);
}

export function walk(node: ts.Node, visit: (node: ts.Node) => void): void {
  visit(node);
  ts.forEachChild(node, (child) => walk(child, visit));
}

/** `const name = ...` anywhere in the file: what a name stands for when it is shown. */
export function constantsOf(file: ts.SourceFile): Constants {
  const found = new Map<string, ts.Expression>();
  walk(file, (node) => {
    if (!ts.isVariableDeclaration(node) || !ts.isIdentifier(node.name)) return;
    const isConst = (ts.getCombinedNodeFlags(node) & ts.NodeFlags.Const) !== 0;
    if (isConst && node.initializer !== undefined) found.set(node.name.text, node.initializer);
  });
  return found;
}

/** All the texts that an expression may become, both branches of a choice included. */
export function writtenTexts(
  expression: ts.Expression,
  constants: Constants,
  depth = 0,
): readonly Written[] {
  const inside = (each: ts.Expression): readonly Written[] =>
    writtenTexts(each, constants, depth + 1);
  if (ts.isStringLiteralLike(expression)) return [[expression.text]];
  if (depth > 6) return [[null]];
  if (ts.isTemplateExpression(expression)) return [templateText(expression, constants)];
  if (ts.isConditionalExpression(expression))
    return [...inside(expression.whenTrue), ...inside(expression.whenFalse)];
  if (ts.isBinaryExpression(expression)) return binaryTexts(expression, inside);
  if (ts.isIdentifier(expression)) {
    const value = constants.get(expression.text);
    return value === undefined ? [[null]] : inside(value);
  }
  if (ts.isArrayLiteralExpression(expression)) return expression.elements.flatMap(inside);
  if (ts.isObjectLiteralExpression(expression))
    return expression.properties.flatMap((each) =>
      ts.isPropertyAssignment(each) ? inside(each.initializer) : [],
    );
  const inner = innerOf(expression);
  return inner === undefined ? [[null]] : inside(inner);
}

/** What a wrapper has inside: `(x)`, `x as T`, `x!`, `{...}[key]`, `[...].join(' ')`. */
function innerOf(expression: ts.Expression): ts.Expression | undefined {
  if (
    ts.isParenthesizedExpression(expression) ||
    ts.isAsExpression(expression) ||
    ts.isNonNullExpression(expression) ||
    ts.isSatisfiesExpression(expression) ||
    ts.isElementAccessExpression(expression)
  )
    return expression.expression;
  const callee = ts.isCallExpression(expression) ? expression.expression : undefined;
  const isJoin =
    callee !== undefined &&
    ts.isPropertyAccessExpression(callee) &&
    ['join', 'trim'].includes(callee.name.text);
  return isJoin ? callee.expression : undefined;
}

function binaryTexts(
  { left, right, operatorToken }: ts.BinaryExpression,
  inside: (each: ts.Expression) => readonly Written[],
): readonly Written[] {
  const { kind } = operatorToken;
  if (kind === ts.SyntaxKind.PlusToken)
    return inside(left).flatMap((a) => inside(right).map((b) => [...a, ...b]));
  if (kind === ts.SyntaxKind.BarBarToken || kind === ts.SyntaxKind.QuestionQuestionToken)
    return [...inside(left), ...inside(right)];
  return kind === ts.SyntaxKind.AmpersandAmpersandToken ? inside(right) : [];
}

/** A hole that is a constant of the file with one text is part of the text. */
function templateText(template: ts.TemplateExpression, constants: Constants): Written {
  const spans = template.templateSpans.flatMap(({ expression, literal }) => {
    const [only, ...others] = ts.isIdentifier(expression)
      ? writtenTexts(expression, constants, 5)
      : [];
    const hole: Written = only !== undefined && others.length === 0 ? only : [null];
    return [...hole, literal.text];
  });
  return [template.head.text, ...spans];
}

/** `text` of `x.text(...)` and of `text(...)`. */
export function calleeName({ expression }: ts.CallExpression): string {
  if (ts.isPropertyAccessExpression(expression)) return expression.name.text;
  return ts.isIdentifier(expression) ? expression.text : '';
}

/** The name of the function around a piece of syntax: as it is declared, or the name that it is given. */
export function functionName(node: ts.Node): string {
  let around: ts.Node | undefined = node.parent;
  while (around !== undefined && !ts.isFunctionLike(around)) around = around.parent;
  if (around === undefined) return '';
  const { name, parent } = around;
  if (name !== undefined && ts.isIdentifier(name)) return name.text;
  const isNamed = ts.isVariableDeclaration(parent) || ts.isPropertyAssignment(parent);
  return isNamed && ts.isIdentifier(parent.name) ? parent.name.text : '';
}

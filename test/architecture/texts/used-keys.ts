import ts from 'typescript';
import {
  calleeName,
  constantsOf,
  functionName,
  parse,
  walk,
  writtenTexts,
  type Written,
} from './written-text';

/** The texts of a locale file by their keys: `label.path`. */
export function flatten(value: object, prefix = ''): Map<string, string> {
  return new Map(
    Object.entries(value as Record<string, object | string>).flatMap(([name, child]) =>
      typeof child === 'string'
        ? [[prefix + name, child] as const]
        : [...flatten(child, `${prefix}${name}.`)],
    ),
  );
}

export interface NamedKeys {
  /** As written: `webhook-in.label.path`. Of several, one is meant. */
  readonly literal: readonly (readonly string[])[];
  /** With holes: `webhook-in.status.${status}`. */
  readonly patterns: readonly Written[];
}

/** The catalogue may be named: `@apilinker/node-red-webhooks/webhooks-sidebar:list.again`. */
const CATALOGUE = /^@apilinker\/[\w/-]+:/;

/** Functions that look a key up; `words` puts something before it: `(key) => node._(`x.preview.${key}`)`. */
const LOOKUPS = new Set(['_', 't', 'translate', 'words']);

/** The keys that code looks up; `prefixes` are those of the functions called `words` in the same folder. */
export function keysInCode(file: string, source: string, prefixes: readonly string[]): NamedKeys {
  const all = lookups(file, source);
  const own = all.flatMap(({ prefix }) => prefix ?? []);
  const before = own.length > 0 ? own : prefixes;
  const literal: string[][] = [];
  const patterns: Written[] = [];
  for (const { written, callee } of all) {
    const heads = callee === 'words' ? before : [''];
    const isWhole = written.every((piece) => piece !== null);
    if (isWhole) literal.push(heads.map((head) => head + written.join('')));
    else if (written.some((piece) => piece !== null && piece !== ''))
      for (const head of heads) patterns.push([head, ...written]);
  }
  return { literal, patterns };
}

/** What the functions called `words` of a file put before their keys. */
export function prefixesIn(file: string, source: string): string[] {
  return lookups(file, source).flatMap(({ prefix }) => prefix ?? []);
}

interface Lookup {
  readonly callee: string;
  readonly written: Written;
  /** Of a lookup inside a function called `words`. */
  readonly prefix: string | null;
}

function lookups(file: string, source: string): Lookup[] {
  const parsed = parse(file, source);
  const constants = constantsOf(parsed);
  const found: Lookup[] = [];
  walk(parsed, (node) => {
    if (!ts.isCallExpression(node) || node.arguments[0] === undefined) return;
    const callee = calleeName(node);
    if (!LOOKUPS.has(callee)) return;
    const isInWords = functionName(node) === 'words';
    for (const written of writtenTexts(node.arguments[0], constants))
      found.push({ callee, written, prefix: isInWords ? (written[0] ?? null) : null });
  });
  return found;
}

/**
 * What looks like a key of a catalogue, wherever it stands: it may reach the lookup through a parameter.
 * `groups` are the names with which its keys begin: `label.`, of a node `webhook-in.label.`.
 */
export function keyLike(file: string, source: string, groups: readonly string[]): NamedKeys {
  const parsed = parse(file, source);
  const constants = constantsOf(parsed);
  const literal: string[][] = [];
  const patterns: Written[] = [];
  const begins = (text: string): boolean => groups.some((group) => text.startsWith(group));
  walk(parsed, (node) => {
    const text = ts.isStringLiteralLike(node) ? node.text.replace(CATALOGUE, '') : '';
    if (begins(text) && isKey(text)) literal.push([text]);
    if (!ts.isTemplateExpression(node)) return;
    for (const written of writtenTexts(node, constants))
      if (begins(written[0] ?? '') || written[0] === '') patterns.push(written);
  });
  return { literal, patterns };
}

function isKey(text: string): boolean {
  return /^[\w-]+(\.[\w-]+)+$/.test(text) && !/\.(svg|json)$/.test(text);
}

/** What a hole of a key may be: the literals of a source, those of its types, and its names of properties. */
export function possibleParts(file: string, source: string): string[] {
  const found: string[] = [];
  walk(parse(file, source), (node) => {
    if (ts.isStringLiteralLike(node)) found.push(node.text);
    const isProperty = ts.isPropertyAssignment(node) || ts.isPropertySignature(node);
    if (isProperty && ts.isIdentifier(node.name)) found.push(node.name.text);
  });
  return found;
}

/** The keys that `data-i18n` names in a form. */
export function keysInForm(html: string): string[] {
  return [...html.matchAll(/data-i18n="([^"]+)"/g)].flatMap(([, value]) =>
    value!.split(';').map((part) => part.replace(/^\[[\w-]+\]/, '')),
  );
}

/** What stands in the holes of a pattern for it to be that key; null: it can't be. */
export function holesOf(pattern: Written, key: string): readonly string[] | null {
  const source = pattern
    .map((piece) => (piece === null ? '(.+?)' : piece.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')))
    .join('');
  const match = new RegExp(`^${source}$`).exec(key);
  return match === null ? null : match.slice(1);
}

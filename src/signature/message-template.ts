/**
 * What a signature covers, as a text with placeholders. Parsed once per endpoint; no Node.js imports,
 * since the edit dialog checks schemes, too.
 */
export type TemplatePart =
  | { readonly kind: 'literal'; readonly text: string }
  | { readonly kind: PlainPlaceholder }
  | { readonly kind: 'header' | 'json' | 'form'; readonly name: string };

const PLAIN = [
  'body',
  'timestamp',
  'id',
  'method',
  'url',
  'callbackUrl',
  'secret',
  'sha256hex',
] as const;
type PlainPlaceholder = (typeof PLAIN)[number];

export type ParsedTemplate =
  | { readonly ok: true; readonly parts: readonly TemplatePart[] }
  | { readonly ok: false; readonly problem: string };

/** Splits `{timestamp}.{body}` into its parts; a brace that is no known placeholder is a problem. */
export function parseTemplate(template: string): ParsedTemplate {
  const parts: TemplatePart[] = [];
  for (const piece of template.split(/(\{[^{}]*\})/)) {
    if (piece === '') continue;
    const part = parsePiece(piece);
    if (part === undefined) return { ok: false, problem: `has an unknown placeholder: ${piece}` };
    parts.push(part);
  }
  return { ok: true, parts };
}

function parsePiece(piece: string): TemplatePart | undefined {
  const plain = PLAIN.find((name) => piece === `{${name}}`);
  if (plain !== undefined) return { kind: plain };
  const [, kind, name] = /^\{(header|json|form):([^{}\s]+)\}$/.exec(piece) ?? [];
  if (name !== undefined) {
    if (kind === 'header') return { kind, name: name.toLowerCase() };
    return { kind: kind === 'json' ? 'json' : 'form', name };
  }
  return /[{}]/.test(piece) ? undefined : { kind: 'literal', text: piece };
}

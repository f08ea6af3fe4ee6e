/**
 * What a signature covers, as a text with placeholders. Parsed once per endpoint; no Node.js imports,
 * since the edit dialog checks schemes, too.
 */
export type TemplatePart =
  | { readonly kind: 'literal'; readonly text: string }
  | { readonly kind: 'body' | 'timestamp' | 'id' }
  | { readonly kind: 'header'; readonly name: string };

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
  if (piece === '{body}') return { kind: 'body' };
  if (piece === '{timestamp}') return { kind: 'timestamp' };
  if (piece === '{id}') return { kind: 'id' };
  const header = /^\{header:([^{}\s]+)\}$/.exec(piece)?.[1];
  if (header !== undefined) return { kind: 'header', name: header.toLowerCase() };
  return /[{}]/.test(piece) ? undefined : { kind: 'literal', text: piece };
}

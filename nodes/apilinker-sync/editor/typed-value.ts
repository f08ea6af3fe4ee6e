/** A value as a typed input holds it. */
export interface TypedValue {
  readonly type: 'str' | 'num' | 'bool' | 'json';
  readonly text: string;
}

export function toTyped(value: unknown): TypedValue {
  if (value === undefined) return { type: 'str', text: '' };
  if (typeof value === 'string') return { type: 'str', text: value };
  if (typeof value === 'number') return { type: 'num', text: String(value) };
  if (typeof value === 'boolean') return { type: 'bool', text: String(value) };
  return { type: 'json', text: JSON.stringify(value) };
}

/** What is no number or no JSON stays the text that it is. */
export function fromTyped({ type, text }: TypedValue): unknown {
  switch (type) {
    case 'str':
      return text;
    case 'bool':
      return text === 'true';
    case 'num':
      return text.trim() === '' || Number.isNaN(Number(text)) ? text : Number(text);
    case 'json':
      return parsed(text);
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

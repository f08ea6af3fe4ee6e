import { isRecord } from '../../shared/json';
import { ownValue } from './own-keys';
import { pythonRepresentation, pythonText } from './python-text';

/** A replacement: name, `[keys]`, conversion, format. */
const FIELD = /^([^[\]!:.]+)((?:\[[^[\]]+\])*)(?:!([rs]))?(?::(.*))?$/s;
const FORMAT = /^(?:(.)?([<>^]))?(\+)?(0)?(\d{1,3})?(,)?(?:\.(\d{1,2}))?([dfs%])?$/su;

/**
 * The part of Python's `str.format` that needs no code: `{name}`, `{name[key]}`, `{name!r}`, and formats of
 * texts and numbers (fill, alignment, sign, zeros, width, thousands, decimals, `d`, `f`, `s`, `%`). Throws for
 * anything else, attributes above all, which lead into the interpreter there.
 */
export function formatTemplate(text: string, names: Readonly<Record<string, unknown>>): string {
  const withoutPairs = text.replace(/\{\{|\}\}|\{[^{}]*\}/g, '');
  if (/[{}]/.test(withoutPairs)) throw new Error('a brace of the template has no counterpart');
  return text.replace(/\{\{|\}\}|\{([^{}]*)\}/g, (found, field: string | undefined) =>
    field === undefined ? found.charAt(0) : replacement(field, names),
  );
}

function replacement(field: string, names: Readonly<Record<string, unknown>>): string {
  const [, name = '', keys = '', conversion, format = ''] = FIELD.exec(field) ?? [];
  if (name === '' || !Object.hasOwn(names, name)) {
    throw new Error('the template names something that is not there, or an attribute');
  }
  let value = names[name];
  for (const [, key = ''] of keys.matchAll(/\[([^[\]]+)\]/g)) value = subscript(value, key);
  if (conversion === 'r') return formatted(pythonRepresentation(value), format);
  return formatted(conversion === 's' ? pythonText(value) : value, format);
}

function subscript(value: unknown, key: string): unknown {
  const found = Array.isArray(value)
    ? /^\d+$/.test(key)
      ? (value[Number(key)] as unknown)
      : undefined
    : isRecord(value)
      ? ownValue(value, key)
      : undefined;
  if (found === undefined) throw new Error('the template needs a key that is missing');
  return found;
}

function formatted(value: unknown, format: string): string {
  if (format === '') return pythonText(value);
  const match = FORMAT.exec(format);
  if (match === null) throw new Error('the template has a format that is not known');
  const [, fill, align, sign, zero, width = '0', comma, decimals, kind] = match;
  const numeric = typeof value === 'number';
  if (!numeric && (sign ?? zero ?? comma ?? (kind === 's' ? undefined : kind)) !== undefined) {
    throw new Error('the template formats something as a number that is none');
  }
  if (numeric && kind === 's') throw new Error('the template formats a number as a text');
  const text = numeric ? numberText(value, { sign, comma, decimals, kind }) : pythonText(value);
  const padding = fill ?? (zero === undefined ? ' ' : '0');
  return padded(
    text,
    Number(width),
    padding,
    align ?? (zero !== undefined ? '=' : numeric ? '>' : '<'),
  );
}

interface NumberFormat {
  readonly sign: string | undefined;
  readonly comma: string | undefined;
  readonly decimals: string | undefined;
  readonly kind: string | undefined;
}

function numberText(value: number, { sign, comma, decimals, kind }: NumberFormat): string {
  if (kind === 'd' && !Number.isInteger(value)) {
    throw new Error('the template formats a fraction as a whole number');
  }
  const scaled = kind === '%' ? value * 100 : value;
  const fixed = kind === 'f' || kind === '%' ? Number(decimals ?? 6) : decimals;
  const plain = fixed === undefined ? pythonText(scaled) : scaled.toFixed(Number(fixed));
  const [whole = '', ...rest] = plain.split('.');
  const grouped = comma === undefined ? whole : whole.replace(/\B(?=(?:\d{3})+$)/g, ',');
  const number = [grouped, ...rest].join('.') + (kind === '%' ? '%' : '');
  return sign !== undefined && value >= 0 ? `+${number}` : number;
}

function padded(text: string, width: number, fill: string, align: string): string {
  const missing = Math.max(0, width - Array.from(text).length);
  switch (align) {
    case '<':
      return text + fill.repeat(missing);
    case '^': {
      const left = Math.floor(missing / 2);
      return fill.repeat(left) + text + fill.repeat(missing - left);
    }
    case '=': {
      const [, lead = '', digits = ''] = /^([+-]?)(.*)$/s.exec(text) ?? [];
      return lead + fill.repeat(missing) + digits;
    }
    default:
      return fill.repeat(missing) + text;
  }
}

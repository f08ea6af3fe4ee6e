/**
 * The fields of a node, declared once: default, how a saved value is read, and what is wrong with it.
 * Runs in Node.js (the adapter) and in the browser (the edit dialog), so it imports nothing.
 */
export interface Field<T> {
  /** What a freshly dropped node has. */
  readonly value: T;
  /** The type of the config node that this field names, for Node-RED's selector. */
  readonly configNode?: string;
  /** Reads what a flow file may hold (numbers of forms are strings). Undefined: not usable. */
  readonly read: (saved: unknown) => T | undefined;
  /** What is expected, in words, for the error text: "a number from 1 to 500". */
  readonly expected: string;
  /** Of a number. */
  readonly bounds?: NumberBounds & { readonly mayBeEmpty: boolean };
}

export type Fields<C> = { readonly [K in keyof C]: Field<C[K]> };

export interface Parsed<C> {
  readonly config: C;
  /** The fields that could not be read; their defaults are used. */
  readonly problems: readonly UnreadField[];
}

export interface UnreadField {
  readonly name: string;
  readonly field: Pick<Field<unknown>, 'bounds' | 'expected'>;
  /** In English, for the log. */
  readonly sentence: string;
}

export function parseFields<C extends object>(
  fields: Fields<C>,
  saved: Record<string, unknown>,
): Parsed<C> {
  const problems: UnreadField[] = [];
  const config: Partial<C> = {};
  for (const name of Object.keys(fields) as (keyof C & string)[]) {
    const field = fields[name];
    const value = saved[name] === undefined ? field.value : field.read(saved[name]);
    if (value === undefined) {
      problems.push({ name, field, sentence: `\`${name}\` must be ${field.expected}.` });
    }
    config[name] = value ?? field.value;
  }
  return { config: config as C, problems };
}

export function text(
  value = '',
  check?: (text: string) => boolean,
  expected = 'a text',
): Field<string> {
  return {
    value,
    expected,
    read: (saved) => {
      const trimmed = typeof saved === 'string' ? saved.trim() : undefined;
      return trimmed === undefined || check?.(trimmed) === false ? undefined : trimmed;
    },
  };
}

export interface NumberBounds {
  readonly min: number;
  readonly max: number;
  readonly integer?: boolean;
}

export function number(value: number, bounds: NumberBounds): Field<number> {
  return {
    value,
    expected: numberExpected(bounds),
    bounds: { ...bounds, mayBeEmpty: false },
    read: (saved) => readNumber(saved, bounds),
  };
}

/** A number that may be left empty: null. */
export function optionalNumber(value: number | null, bounds: NumberBounds): Field<number | null> {
  return {
    value,
    expected: `${numberExpected(bounds)}, or empty`,
    bounds: { ...bounds, mayBeEmpty: true },
    read: (saved) => (saved === null || saved === '' ? null : readNumber(saved, bounds)),
  };
}

function numberExpected({ min, max, integer }: NumberBounds): string {
  return `${integer ? 'a whole number' : 'a number'} from ${min} to ${max}`;
}

function readNumber(saved: unknown, { min, max, integer }: NumberBounds): number | undefined {
  if (typeof saved !== 'number' && (typeof saved !== 'string' || saved.trim() === ''))
    return undefined;
  const value = Number(saved);
  const fits = value >= min && value <= max && (!integer || Number.isInteger(value));
  return fits ? value : undefined;
}

export function flag(value: boolean): Field<boolean> {
  return {
    value,
    expected: 'true or false',
    read: (saved) => {
      if (typeof saved === 'boolean') return saved;
      return saved === 'true' ? true : saved === 'false' ? false : undefined;
    },
  };
}

export function choice<const T extends string>(options: readonly T[], value: NoInfer<T>): Field<T> {
  return {
    value,
    expected: `one of ${options.join(', ')}`,
    read: (saved) => options.find((option) => option === saved),
  };
}

/** A structured value; `read` narrows it. */
export function structured<T>(
  value: T,
  expected: string,
  read: (saved: unknown) => T | undefined,
): Field<T> {
  return { value, expected, read };
}

/** `${NAME}`: Node-RED puts the variable's value there when it starts the flows. */
export function isEnvironmentReference(value: unknown): boolean {
  return typeof value === 'string' && /^\$\{\S+\}$/.test(value);
}

/** The id of a config node of that type, or empty. */
export function configNode(type: string): Field<string> {
  return { ...text(), configNode: type };
}

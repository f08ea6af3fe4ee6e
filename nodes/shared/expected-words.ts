import type { Field } from './config-fields';

/** What speaks to a user: in Node.js as in the browser. */
export interface Speech {
  /** A text of the locale files by its key; the key itself where there is none. */
  readonly translate: (key: string, values?: Record<string, unknown>) => string;
  /** An English sentence of the runtime in the language of the user. */
  readonly say: (english: string) => string;
}

/** A field of a node of that type. */
export interface NamedField {
  readonly type: string;
  readonly name: string;
  readonly field: Pick<Field<unknown>, 'bounds' | 'expected'>;
}

const SHARED = '@apilinker/node-red-webhooks/webhooks-sidebar:';

/** What to do about a field: the node's own words for it, else those for its kind of field. */
export function expectedWords(
  { translate, say }: Speech,
  { type, name, field }: NamedField,
): string {
  const key = `${type}.expected.${name}`;
  const own = translate(key);
  if (own !== key && own !== '') return own;
  const shared = (of: string, values: Record<string, unknown>): string =>
    translate(SHARED + of, values);
  if (field.bounds === undefined) return shared('field.other', { expected: say(field.expected) });
  const { min, max, integer, mayBeEmpty } = field.bounds;
  const [filled, orEmpty] = integer === true ? ['whole', 'wholeOrEmpty'] : ['any', 'anyOrEmpty'];
  const kind = mayBeEmpty ? orEmpty : filled;
  return shared(`field.number.${kind}`, { min: String(min), max: String(max) });
}

/** The same below a node, where the form is not in sight: with the label of the field before it. */
export function labelledWords(speech: Speech, named: NamedField): string {
  const key = `${named.type}.label.${named.name}`;
  const label = speech.translate(key);
  const title = label === key || label === '' ? named.name : label;
  return `${title}: ${expectedWords(speech, named)}`;
}

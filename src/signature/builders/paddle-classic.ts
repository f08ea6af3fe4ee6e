import type { BuildMessages } from '../message-context';

const SIGNATURE = 'p_signature';

/** The fields of the form but the signature, sorted by name, as PHP serializes an array of texts. */
export const paddleClassic: BuildMessages = ({ view }) => {
  if (!view.isForm) return { missing: 'a form' };
  const fields = view.formFields.filter(([name]) => name !== SIGNATURE);
  const names = new Set(fields.map(([name]) => name));
  // A receiver might see the first or the last of two fields: the signature holds for neither.
  if (names.size !== fields.length) return { missing: 'fields that come once' };
  const sorted = fields.sort(([a], [b]) => (a < b ? -1 : 1));
  const items = sorted.map(([name, value]) => phpText(name) + phpText(value)).join('');
  return { messages: [[`a:${sorted.length}:{${items}}`]] };
};

function phpText(text: string): string {
  return `s:${Buffer.byteLength(text)}:"${text}";`;
}

import { type BuildMessages } from '../message-context';
import { wireText } from '../request-view';

/** Time, names and values of the listed headers, and body, joined by dots. */
export const hook0: BuildMessages = ({ view, timestamp, fields }) => {
  const list = fields.only('h');
  if (list === undefined) return { missing: 'the list of signed headers (h)' };
  const values: (string | Buffer)[] = [];
  for (const name of list.split(' ').filter((text) => text !== '')) {
    const key = name.toLowerCase();
    const value = view.header(key);
    if (value === undefined || view.isRepeated(key)) return { missing: key };
    values.push(...(values.length === 0 ? [] : ['.']), wireText(value));
  }
  return { messages: [[`${timestamp}.${list}.`, ...values, '.', view.body]] };
};

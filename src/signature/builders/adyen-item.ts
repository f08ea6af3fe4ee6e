import { valueAt } from '../json-path';
import type { BuildMessages } from '../message-context';

const FIELDS = [
  'pspReference',
  'originalReference',
  'merchantAccountCode',
  'merchantReference',
  'amount.value',
  'amount.currency',
  'eventCode',
  'success',
];

/** Eight fields of a notification item, joined by colons; an absent one is empty. */
export const adyenItem: BuildMessages = ({ item }) => {
  const fields = valueAt(item(), 'NotificationRequestItem');
  if (typeof fields !== 'object' || fields === null) return { missing: 'NotificationRequestItem' };
  return { messages: [[FIELDS.map((path) => plainText(valueAt(fields, path))).join(':')]] };
};

function plainText(value: unknown): string {
  return ['string', 'number', 'boolean'].includes(typeof value) ? String(value) : '';
}

import { crc32 } from 'node:zlib';
import type { BuildMessages } from '../message-context';

/** Id and time of the transmission, the id of the webhook, and the CRC-32 of the body. */
export const paypal: BuildMessages = ({ view, settings }) => {
  const id = view.header('paypal-transmission-id');
  const time = view.header('paypal-transmission-time');
  const { webhookId } = settings;
  if (id === undefined) return { missing: 'PAYPAL-TRANSMISSION-ID' };
  if (time === undefined) return { missing: 'PAYPAL-TRANSMISSION-TIME' };
  if (webhookId === undefined) return { missing: 'webhookId, which is not set here' };
  return { messages: [[`${id}|${time}|${webhookId}|${crc32(view.body)}`]] };
};

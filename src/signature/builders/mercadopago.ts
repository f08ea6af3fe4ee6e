import type { BuildMessages } from '../message-context';

/** Id of the resource, of the request, and the time; parts that are absent are left out. */
export const mercadopago: BuildMessages = ({ view, timestamp }) => {
  const id = view.query('data.id');
  const requestId = view.header('x-request-id');
  const parts = [
    ...(id === undefined ? [] : [`id:${id.toLowerCase()};`]),
    ...(requestId === undefined ? [] : [`request-id:${requestId};`]),
    `ts:${timestamp};`,
  ];
  return { messages: [[parts.join('')]] };
};

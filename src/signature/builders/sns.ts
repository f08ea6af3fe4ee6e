import type { BuildMessages } from '../message-context';

const NOTIFICATION = ['Message', 'MessageId', 'Subject', 'Timestamp', 'TopicArn', 'Type'];
const CONFIRMATION = [
  'Message',
  'MessageId',
  'SubscribeURL',
  'Timestamp',
  'Token',
  'TopicArn',
  'Type',
];
const OPTIONAL = 'Subject';

/** Names and values of the fields that a type of message has, one a line. */
export const sns: BuildMessages = ({ view }) => {
  const names = view.json('Type') === 'Notification' ? NOTIFICATION : CONFIRMATION;
  const lines: string[] = [];
  for (const name of names) {
    const value = view.json(name);
    if (name === OPTIONAL && (value === undefined || value === null)) continue;
    if (typeof value !== 'string') return { missing: `${name} in the body` };
    lines.push(`${name}\n${value}\n`);
  }
  return { messages: [[lines.join('')]] };
};

import type { BuildMessages } from '../message-context';

/** A JSON text that holds the body as a text. */
export const hygraph: BuildMessages = ({ view, timestamp, fields }) => {
  const environment = fields.only('env');
  if (environment === undefined) return { missing: 'the environment (env)' };
  const message = {
    Body: view.bodyText,
    EnvironmentName: environment,
    TimeStamp: Number(timestamp),
  };
  return { messages: [[JSON.stringify(message)]] };
};

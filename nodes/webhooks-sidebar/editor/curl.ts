import { REDACTED, type EventDetail } from './event-data';

/** Set by curl itself, or of one connection only. */
const OWN_HEADERS = new Set([
  ...['host', 'content-length', 'connection', 'transfer-encoding', 'expect'],
  ...['keep-alive', 'proxy-connection', 'te', 'trailer', 'upgrade'],
]);

/**
 * A command for a POSIX shell that sends the request of an event again. What was redacted is left out: the
 * signature has to be made anew. `baseUrl` is where Node-RED's endpoints are, without a slash at its end.
 */
export function curlCommand(event: EventDetail, baseUrl: string): string {
  const { method, url, headers } = event.request;
  const sent = Object.entries(headers).filter(
    ([name, value]) => !OWN_HEADERS.has(name) && value !== REDACTED,
  );
  const parts = [
    `curl --globoff --request ${quote(method)} ${quote(baseUrl + url)}`,
    ...sent.map(([name, value]) => `--header ${quote(`${name}: ${oneLine(value)}`)}`),
    ...(event.bodyBytes === 0 ? [] : [bodyOption(event)]),
  ];
  const command = parts.join(' \\\n  ');
  return event.bodyBase64 === null
    ? command
    : `printf %s ${quote(event.bodyBase64)} | base64 -d | ${command}`;
}

function bodyOption({ bodyText }: EventDetail): string {
  return bodyText === null ? '--data-binary @-' : `--data-raw ${quote(bodyText)}`;
}

/** Between single quotes a POSIX shell takes everything as it is, but a single quote. */
function quote(text: string): string {
  return `'${text.replaceAll('\0', '').replaceAll("'", String.raw`'\''`)}'`;
}

function oneLine(text: string): string {
  return text.replace(/[\r\n]+/g, ' ');
}

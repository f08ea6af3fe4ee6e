import type { IncomingMessage } from 'node:http';
import { detailAnswer, type Answer } from '../../../../src/ingest/request';

const CLOSE = { connection: 'close' };
const BAD_REQUEST = detailAnswer(400, 'Bad Request', CLOSE);
const NOT_IMPLEMENTED = detailAnswer(501, 'Not Implemented', CLOSE);
const VERSION_NOT_SUPPORTED = detailAnswer(505, 'HTTP Version Not Supported', CLOSE);

/**
 * What a proxy in front may read in another way than Node.js, whose parser lets it pass: RFC 9112 sections 2.3 (a
 * version that is none of HTTP/1), 3.2 (several hosts), 6.1 (codings of the transfer that nobody takes off, or those
 * of a version that has none). Null: nothing.
 */
export function requestFault({
  httpVersion,
  headers,
  rawHeaders,
}: Pick<IncomingMessage, 'httpVersion' | 'headers' | 'rawHeaders'>): Answer | null {
  if (httpVersion !== '1.1' && httpVersion !== '1.0') return VERSION_NOT_SUPPORTED;
  const coding = headers['transfer-encoding'];
  if (coding !== undefined) {
    if (httpVersion === '1.0') return BAD_REQUEST;
    if (coding.trim().toLowerCase() !== 'chunked') return NOT_IMPLEMENTED;
  }
  return hostsOf(rawHeaders) > 1 ? BAD_REQUEST : null;
}

function hostsOf(rawHeaders: readonly string[]): number {
  let hosts = 0;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] ?? '';
    if (name.length === 4 && name.toLowerCase() === 'host') hosts++;
  }
  return hosts;
}

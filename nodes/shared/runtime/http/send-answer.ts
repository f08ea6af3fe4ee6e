import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Answer } from '../../../../src/ingest/request';

/** A body of which no more than this is left is read and dropped, and the connection stays usable. */
const SMALL_BODY_BYTES = 65_536;
/** How long a client may go on sending a body that nobody wants, to be able to read its answer. */
const LINGER_MS = 1000;

/**
 * Answers a request. Where a large body was not read the connection is closed after the answer; it
 * stays open a moment longer, since closing it on a client that still sends destroys the answer.
 */
export function sendAnswer(req: IncomingMessage, res: ServerResponse, answer: Answer): void {
  if (res.headersSent || res.destroyed) return;
  const headers: Record<string, string | number> = { ...answer.headers };
  headers['content-length'] = Buffer.byteLength(answer.body);
  if (!isBodyLeft(req)) {
    res.writeHead(answer.status, headers).end(answer.body);
    return;
  }
  headers.connection = 'close';
  res.writeHead(answer.status, headers).write(answer.body);
  dropRest(req, () => res.end());
}

function isBodyLeft(req: IncomingMessage): boolean {
  if (req.complete) return false;
  if (req.headers['transfer-encoding'] !== undefined) return true;
  return Number(req.headers['content-length'] ?? 0) > SMALL_BODY_BYTES;
}

function dropRest(req: IncomingMessage, done: () => void): void {
  const timer = setTimeout(finish, LINGER_MS);
  timer.unref();
  req.once('end', finish).once('close', finish).on('error', finish);
  req.resume();
  function finish(): void {
    clearTimeout(timer);
    req.pause();
    done();
  }
}

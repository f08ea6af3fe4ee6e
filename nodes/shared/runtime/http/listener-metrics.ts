import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { detailAnswer, type Answer } from '../../../../src/ingest/request';
import type { Exposition } from '../../../../src/metrics/metrics-service';

/** Where scrapers look if nobody tells them another path. */
export const METRICS_PATH = '/metrics';

/** Collects the metrics, in the format that the header `Accept` asks for. */
export type Scrape = (accept: string | undefined) => Promise<Exposition>;

/** Answers a scrape that shows `token` as its bearer token (RFC 6750), and nobody else. */
export async function answerScrape(
  { authorization, accept }: IncomingHttpHeaders,
  token: string,
  scrape: Scrape,
): Promise<Answer> {
  const [, shown] = /^Bearer +(\S+) *$/i.exec(authorization ?? '') ?? [];
  if (shown === undefined || !isSame(shown, token)) {
    return detailAnswer(401, 'Unauthorized', { 'www-authenticate': 'Bearer' });
  }
  const { contentType, text } = await scrape(accept);
  const headers = { 'content-type': contentType, 'cache-control': 'no-store' };
  return { status: 200, headers, body: text };
}

/** In constant time. Digests are of one length: comparing them does not even show how long the token is. */
function isSame(shown: string, token: string): boolean {
  return timingSafeEqual(digestOf(shown), digestOf(token));
}

function digestOf(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

import { request as httpRequest, type RequestOptions } from 'node:http';
import { request as httpsRequest } from 'node:https';

/** What came back, of its body as much as fits. */
export interface Received {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

const TIMEOUT_MS = 60_000;
const MAX_BODY_BYTES = 4096;

/** Sends a request to a server of this process, whose certificate nobody needs to check. */
export function sendToSelf(
  { secure, ...options }: RequestOptions & { readonly secure: boolean },
  body: Uint8Array,
): Promise<Received> {
  const all = { ...options, agent: false, signal: AbortSignal.timeout(TIMEOUT_MS) };
  return new Promise((resolve, reject) => {
    const request = secure ? httpsRequest({ ...all, rejectUnauthorized: false }) : httpRequest(all);
    request.on('error', reject);
    request.on('response', (response) => {
      const chunks: Buffer[] = [];
      let bytes = 0;
      response.on('data', (chunk: Buffer) => {
        if (bytes < MAX_BODY_BYTES) chunks.push(chunk.subarray(0, MAX_BODY_BYTES - bytes));
        bytes += chunk.length;
      });
      response.on('error', reject);
      response.on('end', () => {
        resolve({
          status: response.statusCode ?? 0,
          contentType: response.headers['content-type'] ?? '',
          body: Buffer.concat(chunks).toString('utf8'),
        });
      });
    });
    request.end(body);
  });
}

import { request } from 'undici';
import { errorText } from '../../../src/shared/errors';

const TIMEOUT_MS = 5000;
const MAX_BYTES = 262_144;

/**
 * A small document at an address, without following redirects. Rejects with words that name the host
 * and no more of the address, which may hold a token.
 */
export async function fetchBytes(url: string): Promise<Buffer> {
  const { host } = new URL(url);
  try {
    const { statusCode, body } = await request(url, { signal: AbortSignal.timeout(TIMEOUT_MS) });
    if (statusCode !== 200) {
      await body.dump();
      throw new Error(`it answered ${statusCode}`);
    }
    const chunks: Buffer[] = [];
    let length = 0;
    for await (const chunk of body as AsyncIterable<Buffer>) {
      length += chunk.length;
      if (length > MAX_BYTES) throw new Error('its answer is too long');
      chunks.push(chunk);
    }
    return Buffer.concat(chunks, length);
  } catch (thrown) {
    throw new Error(`${host} could not be asked: ${errorText(thrown)}.`, { cause: thrown });
  }
}

import { createHash, timingSafeEqual } from 'node:crypto';
import type { Check } from './message-check';
import { ownValue, valueAt } from './json-path';
import * as advice from './refusal-advice';
import type { RequestView } from './request-view';
import type { TokenScheme, Verdict } from './scheme';
import type { NamedSecret } from './secrets';

/** The values that a request shows, as bytes; undefined where one is missing or not readable. */
type ReadTokens = (view: RequestView) => readonly Buffer[] | undefined;

/** Elements of one list that are compared; more than that no sender sends. */
const MAX_ITEMS = 10_000;

/** Compares a shared value, in constant time. `secrets` is not empty. */
export function createTokenCheck(scheme: TokenScheme, secrets: readonly NamedSecret[]): Check {
  const read = tokenReader(scheme.at);
  const missing = advice.missingToken(tokenPlace(scheme.at));
  const candidates = secrets.map(({ name, text }) => ({
    digest: digestOf(Buffer.from(text, 'utf8')),
    verdict: { ok: true, secret: name } as const satisfies Verdict,
  }));
  return (view) => {
    const tokens = read(view);
    if (tokens === undefined || tokens.length === 0) return missing;
    const digests = tokens.map(digestOf);
    const match = candidates.find(({ digest }) =>
      digests.every((offered) => timingSafeEqual(offered, digest)),
    );
    return match?.verdict ?? advice.tokenDiffers;
  };
}

/** How the place is called in messages for the operator. */
export function tokenPlace({ header, query, json, jsonAll }: TokenScheme['at']): string {
  if (header !== undefined) return header;
  if (query !== undefined) return `${query} in the URL`;
  if (json !== undefined) return `${json} in the JSON body`;
  return `${jsonAll?.path ?? ''} of each of ${jsonAll?.array ?? ''}`;
}

/** Digests are of one length: comparing them does not even show how long the secret is. */
function digestOf(token: Buffer): Buffer {
  return createHash('sha256').update(token).digest();
}

function tokenReader(at: TokenScheme['at']): ReadTokens {
  const { header, query, json, jsonAll } = at;
  if (header !== undefined) return headerReader(header, at);
  if (query !== undefined) return (view) => one(view.query(query));
  if (json !== undefined) return (view) => one(ofString(view.json(json)));
  if (jsonAll === undefined) throw new Error('`at` does not say where the token is');
  return (view) => {
    const items = valueAt(view.jsonBody, jsonAll.array);
    if (!Array.isArray(items) || items.length > MAX_ITEMS) return undefined;
    const tokens: Buffer[] = [];
    for (const item of items) {
      const token = ofString(ownValue(item, jsonAll.path));
      if (token === undefined) return undefined;
      tokens.push(Buffer.from(token, 'utf8'));
    }
    return tokens;
  };
}

function headerReader(header: string, { scheme, schemeOptional }: TokenScheme['at']): ReadTokens {
  const name = header.toLowerCase();
  const word = scheme === undefined ? '' : `${scheme.toLowerCase()} `;
  return (view) => {
    const value = view.header(name);
    if (value === undefined || view.isRepeated(name)) return undefined;
    const hasWord = value.toLowerCase().startsWith(word);
    if (!hasWord && schemeOptional !== true) return undefined;
    const token = hasWord ? value.slice(word.length) : value;
    // Node.js reads header bytes as Latin-1, so this gives back the bytes of the wire.
    return scheme === 'Basic' ? basicCredentials(token) : [Buffer.from(token, 'latin1')];
  };
}

/** `user:password` (RFC 7617), from exactly one encoding of it. */
function basicCredentials(text: string): readonly Buffer[] | undefined {
  const bytes = Buffer.from(text, 'base64');
  return bytes.length > 0 && bytes.toString('base64') === text ? [bytes] : undefined;
}

function one(token: string | undefined): readonly Buffer[] | undefined {
  return token === undefined ? undefined : [Buffer.from(token, 'utf8')];
}

function ofString(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

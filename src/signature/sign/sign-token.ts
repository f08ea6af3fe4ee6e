import type { TokenScheme } from '../scheme';
import { setAt, type Draft } from './draft';

/** Puts a shared value into a request, where the scheme looks for it. Throws with words. */
export function putToken({ at }: TokenScheme, draft: Draft, secret: string): void {
  const { header, scheme, query, json, jsonAll } = at;
  if (header !== undefined) {
    const token = scheme === 'Basic' ? Buffer.from(secret).toString('base64') : secret;
    // The bytes of the secret, as Node.js reads and writes headers.
    const text = Buffer.from(token, 'utf8').toString('latin1');
    draft.setHeader(header, scheme === undefined ? text : `${scheme} ${text}`);
  } else if (query !== undefined) draft.addQuery(query, secret);
  else if (json !== undefined) draft.setJson(json, secret);
  else {
    const items = draft.json(jsonAll?.array ?? '');
    if (!Array.isArray(items)) throw new Error('the body has no such list.');
    for (const item of items as unknown[]) setAt(item, jsonAll?.path ?? '', secret);
  }
}

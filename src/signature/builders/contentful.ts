import type { BuildMessages, MessageContext } from '../message-context';

const LIST = 'x-contentful-signed-headers';
const STAMP = 'x-contentful-timestamp';

/** Method, encoded path, the listed headers sorted by name, body: one a line. */
export const contentful: BuildMessages = (context) => {
  const { view } = context;
  const names = (view.header(LIST) ?? '').split(',').map((name) => name.trim().toLowerCase());
  // What does not sign its own list and time could be given other ones.
  if (!names.includes(LIST) || !names.includes(STAMP)) return { missing: LIST };
  const headers: string[] = [];
  for (const name of [...new Set(names)].sort()) {
    const value = view.header(name);
    if (value === undefined || view.isRepeated(name)) return { missing: name };
    headers.push(`${name}:${value.trim()}`);
  }
  const head = [view.method, encodedPath(context), headers.join(';'), ''].join('\n');
  return { messages: [[Buffer.from(head, 'latin1'), view.body]] };
};

/** The sender escapes the query as a whole, and then everything once more as a URL. */
function encodedPath({ view }: MessageContext): string {
  const { pathname, search } = new URL(view.url);
  const query = search === '' ? '' : `?${encodeURIComponent(search.slice(1))}`;
  return encodeURI(pathname + query);
}

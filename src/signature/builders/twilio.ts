import type { BuildMessages } from '../message-context';
import type { Field } from '../request-view';

/**
 * The URL, followed by name and value of each field of the form, sorted by name. The sender may have
 * signed it with or without the port.
 */
export const twilio: BuildMessages = ({ view, bodyHashed }) => {
  const urls = urlForms(view.url);
  if (bodyHashed || view.body.length === 0) return { messages: urls.map((url) => [url]) };
  // The signature of a request without a form says nothing about a body of another kind.
  if (!view.isForm) return { missing: 'a form' };
  const fields = sortedFields(view.formFields);
  return { messages: urls.map((url) => [url, fields]) };
};

/** Repeated names contribute their different values, sorted. */
function sortedFields(fields: readonly Field[]): string {
  const values = new Map<string, Set<string>>();
  for (const [name, value] of fields) values.set(name, (values.get(name) ?? new Set()).add(value));
  return [...values.keys()]
    .sort()
    .map((name) =>
      [...(values.get(name) ?? [])]
        .sort()
        .map((value) => name + value)
        .join(''),
    )
    .join('');
}

const DEFAULT_PORT: Readonly<Record<string, string>> = { https: '443', http: '80' };

function urlForms(url: string): readonly string[] {
  const [, scheme, host = '', port, rest = ''] =
    /^(https?):\/\/([^/?#:]*|\[[^\]]*\])(?::(\d+))?([/?#].*)?$/i.exec(url) ?? [];
  if (scheme === undefined) return [url];
  const withoutPort = `${scheme}://${host}${rest}`;
  const withPort = `${scheme}://${host}:${port ?? DEFAULT_PORT[scheme.toLowerCase()] ?? ''}${rest}`;
  return [url, ...[withoutPort, withPort].filter((form) => form !== url)];
}

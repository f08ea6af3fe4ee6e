import { createHash } from 'node:crypto';
import { BUILDERS } from './builders/all';
import type { BuildMessages, Message, MessageContext } from './message-context';
import { parseTemplate, type TemplatePart } from './message-template';
import { lowerNames, wireText } from './request-view';
import type { MessageScheme } from './scheme';

/** Throws, with words, where the scheme's message makes no sense. */
export function messageBuilder(scheme: MessageScheme): BuildMessages {
  if (typeof scheme.msg !== 'string') return BUILDERS[scheme.msg.builder];
  const parts = templateParts(scheme, scheme.msg);
  const steps = parts.map((part) => step(part, scheme));
  return (context) => {
    const message: (string | Uint8Array)[] = [];
    for (const read of steps) {
      const piece = read(context);
      if (typeof piece === 'object' && 'missing' in piece) return piece;
      message.push(piece);
    }
    return { messages: [message] };
  };
}

/** The whole message in one piece. */
export function joinMessage(message: Message): Uint8Array {
  const [first] = message;
  if (message.length === 1 && first !== undefined && typeof first !== 'string') return first;
  return Buffer.concat(
    message.map((piece) => (typeof piece === 'string' ? Buffer.from(piece, 'utf8') : piece)),
  );
}

function templateParts(scheme: MessageScheme, template: string): readonly TemplatePart[] {
  const parsed = parseTemplate(template);
  if (!parsed.ok) throw new Error(`\`msg\` ${parsed.problem}`);
  const kinds = new Set(parsed.parts.map((part) => part.kind));
  if (scheme.ts === undefined && kinds.has('timestamp')) {
    throw new Error('`msg` has {timestamp}, and `ts` does not say where it is');
  }
  if (scheme.id === undefined && kinds.has('id')) {
    throw new Error('`msg` has {id}, and `id` does not say where it is');
  }
  return parsed.parts;
}

type Step = (context: MessageContext) => string | Uint8Array | { readonly missing: string };

function step(part: TemplatePart, scheme: MessageScheme): Step {
  switch (part.kind) {
    case 'literal':
      return () => part.text;
    case 'body':
      return ({ view }) => view.body;
    case 'timestamp':
      return ({ timestamp }) => wireText(timestamp);
    case 'method':
      return ({ view }) => view.method;
    case 'url':
      return ({ view }) => view.url;
    case 'callbackUrl':
      return ({ view }) => view.callbackUrl;
    case 'secret':
      return ({ secret }) => secret;
    case 'sha256hex':
      return ({ view }) => createHash('sha256').update(view.body).digest('hex');
    case 'id':
      return headerStep(lowerNames(scheme.id?.header ?? []));
    case 'header':
      return headerStep([part.name]);
    case 'json':
      return ({ view }) => view.jsonText(part.name) ?? { missing: `${part.name} in the body` };
    case 'form':
      return ({ view }) => view.form(part.name) ?? { missing: `${part.name} in the form` };
  }
}

function headerStep(names: readonly string[]): Step {
  const missing = { missing: names.join(' or ') };
  return ({ view }) => {
    const name = view.firstHeader(names);
    const value = name === undefined ? undefined : view.header(name);
    if (name === undefined || value === undefined || view.isRepeated(name)) return missing;
    return wireText(value);
  };
}

import { createHandshakes, type HandshakeReply } from '../signature/handshake';
import type { SignedRequest } from '../signature/scheme';
import { errorText } from '../shared/errors';
import type { EndpointSettings, EndpointTools } from './endpoint-settings';
import type { Refused } from './refusals';
import type { Answer } from './request';
import type { Verification } from './verification';

/** How often senders made sure of an endpoint. */
export interface HandshakeCounts {
  answered: number;
  refused: number;
  /** Epoch milliseconds; null: never. */
  lastAtMs: number | null;
}

export type HandshakeOutcome =
  | { readonly kind: 'answer'; readonly answer: Answer }
  | { readonly kind: 'refused'; readonly refused: Refused };

/** The handshakes of one endpoint: answered and counted, never an event. */
export interface EndpointHandshakes {
  readonly counts: Readonly<HandshakeCounts>;
  /** Methods that are answered for handshakes only. */
  readonly methods: readonly string[];
  /** Null: the request is none. */
  answer(request: SignedRequest): Promise<HandshakeOutcome | null> | null;
}

/** Null: the sender has no handshakes. Throws, with words, where one makes no sense. */
export function endpointHandshakes(
  settings: EndpointSettings,
  tools: EndpointTools,
  verification: Verification,
): EndpointHandshakes | null {
  if (settings.handshakes.length === 0) return null;
  const counts: HandshakeCounts = { answered: 0, refused: 0, lastAtMs: null };
  const handshakes = createHandshakes(settings.handshakes, {
    settings: settings.settings,
    secret: () => verification.secret,
    verify: (request) => verification.verify(request),
  });
  const conclude = async (reply: HandshakeReply | null): Promise<HandshakeOutcome | null> => {
    if (reply === null) return null;
    const outcome = await carryOut(reply, tools, verification);
    const became = outcome.kind === 'answer' ? 'answered' : 'refused';
    counts[became]++;
    tools.countHandshake(became);
    counts.lastAtMs = tools.clock.now();
    if (outcome.kind === 'answer') tools.logger.info('Answered a handshake of the sender.');
    return outcome;
  };
  return {
    counts,
    methods: handshakes.methods.filter((method) => !settings.methods.includes(method)),
    answer(request) {
      const reply = handshakes.answer(request);
      return reply === null ? null : Promise.resolve(reply).then(conclude);
    },
  };
}

async function carryOut(
  reply: HandshakeReply,
  { confirm }: EndpointTools,
  verification: Verification,
): Promise<HandshakeOutcome> {
  if (reply.kind === 'refused') return refusal(reply.status, reply.detail);
  if (reply.capture !== undefined && !verification.isWaiting) return notWaiting;
  try {
    if (reply.call !== undefined) {
      if (confirm === undefined) throw new Error('nothing can be called from here');
      await confirm(reply.call);
    }
    if (reply.capture !== undefined) await verification.capture(reply.capture);
  } catch (thrown) {
    return refusal(500, `The handshake could not be completed: ${errorText(thrown)}`);
  }
  return { kind: 'answer', answer: reply.response };
}

const notWaiting = refusal(
  401,
  'The request brings a secret, and this endpoint does not wait for one: it has its secret.',
);

function refusal(status: number, detail: string): HandshakeOutcome {
  const answer = status >= 500 ? 'Internal Server Error' : 'Handshake refused';
  return { kind: 'refused', refused: { status, cause: 'handshake', answer, detail } };
}

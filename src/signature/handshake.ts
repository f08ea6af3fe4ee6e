import { timingSafeEqual } from 'node:crypto';
import { handshakeMatcher } from './handshake-matcher';
import { buildResponse, type HandshakeResponse, readValue } from './handshake-response';
import type { Handshake } from './handshake-scheme';
import type { Settings } from './message-context';
import { compilePattern } from './pattern';
import { RequestView } from './request-view';
import type { SignedRequest, Verdict } from './scheme';

export type HandshakeReply =
  | {
      readonly kind: 'answered';
      readonly response: HandshakeResponse;
      /** The secret from now on, where the scheme captures one. */
      readonly capture?: string;
      /** An address to call before the answer. */
      readonly call?: string;
    }
  /** `detail` is for the operator. */
  | { readonly kind: 'refused'; readonly status: number; readonly detail: string };

export interface HandshakeOptions {
  readonly settings: Settings;
  /** The secret in use, for answers that are keyed; null: there is none. */
  readonly secret: () => string | null;
  readonly verify: (request: SignedRequest) => Verdict | Promise<Verdict>;
}

/** Answers the probes by which a sender makes sure of an endpoint. */
export interface Handshakes {
  /** Methods of requests that can be one. */
  readonly methods: readonly string[];
  /** Null: the request is no handshake. It never throws and never rejects. */
  answer(request: SignedRequest): HandshakeReply | null | Promise<HandshakeReply | null>;
}

const UNUSABLE: HandshakeReply = {
  kind: 'refused',
  status: 400,
  detail: 'The handshake lacks a value that its answer needs, or the value is too long.',
};

const FOREIGN_ADDRESS: HandshakeReply = {
  kind: 'refused',
  status: 403,
  detail: 'The address to call is not one of the sender\u2019s.',
};

/** Throws, with words, where a handshake makes no sense. */
export function createHandshakes(
  handshakes: readonly Handshake[],
  options: HandshakeOptions,
): Handshakes {
  const prepared = handshakes.map((handshake) => ({
    matches: handshakeMatcher(handshake.when),
    answer: answerer(handshake, options),
  }));
  return {
    methods: [...new Set(handshakes.map(({ when }) => when.method))],
    answer(request) {
      try {
        const view = new RequestView(request);
        const found = prepared.find(({ matches }) => matches(view));
        const reply = found?.answer(view, request) ?? null;
        return reply instanceof Promise ? reply.catch(() => UNUSABLE) : reply;
      } catch {
        return UNUSABLE;
      }
    },
  };
}

type Answer = (
  view: RequestView,
  request: SignedRequest,
) => HandshakeReply | Promise<HandshakeReply>;

function answerer(handshake: Handshake, options: HandshakeOptions): Answer {
  const { check, verify } = handshake;
  const { settings } = options;
  const reply = replier(handshake, options);
  const status = handshake.failStatus ?? 401;
  const judge = (verdict: Verdict, view: RequestView): HandshakeReply =>
    verdict.ok ? reply(view) : { kind: 'refused', status, detail: verdict.detail };
  return (view, request) => {
    // First what costs nothing: for a request that fails it no key is fetched.
    const failed = check === undefined ? undefined : checkFailure(check, settings, view);
    if (failed !== undefined) return failed;
    if (verify !== true) return reply(view);
    const verdict = options.verify(request);
    return verdict instanceof Promise
      ? verdict.then((settled) => judge(settled, view))
      : judge(verdict, view);
  };
}

function replier(
  { capture, action, respond }: Handshake,
  { settings, secret }: HandshakeOptions,
): (view: RequestView) => HandshakeReply {
  const isHost = action === undefined ? undefined : compilePattern(action.hostAllow);
  return (view) => {
    const sources = { view, settings, secret: secret() };
    const response = buildResponse(respond, sources);
    if (response === undefined) return UNUSABLE;
    const captured = capture === undefined ? undefined : readValue(capture, sources);
    if (capture !== undefined && captured === undefined) return UNUSABLE;
    const call = action === undefined ? undefined : readValue(action.get, sources);
    if (isHost !== undefined && !isAllowed(call, isHost)) return FOREIGN_ADDRESS;
    return {
      kind: 'answered',
      response,
      ...(captured !== undefined && { capture: captured }),
      ...(call !== undefined && { call }),
    };
  };
}

function checkFailure(
  { query, json, config, failStatus }: NonNullable<Handshake['check']>,
  settings: Settings,
  view: RequestView,
): HandshakeReply | undefined {
  const offered = query === undefined ? view.jsonText(json ?? '') : view.query(query);
  const place = query ?? json ?? '';
  const expected = Object.hasOwn(settings, config) ? (settings[config] ?? '') : '';
  if (expected === '') {
    const detail = `\`${config}\` is not set, so ${place} cannot be compared.`;
    return { kind: 'refused', status: failStatus, detail };
  }
  // Several values are allowed where one of them names what is subscribed to.
  const allowed = [expected, ...expected.split(/[\s,]+/)];
  if (offered !== undefined && allowed.some((text) => isSame(text, offered))) return undefined;
  const detail = `${place} is not the \`${config}\` of this endpoint.`;
  return { kind: 'refused', status: failStatus, detail };
}

function isSame(a: string, b: string): boolean {
  const [one, other] = [Buffer.from(a), Buffer.from(b)];
  return one.length === other.length && timingSafeEqual(one, other);
}

function isAllowed(address: string | undefined, isHost: (host: string) => boolean): boolean {
  if (address === undefined || !URL.canParse(address)) return false;
  const { protocol, hostname, port, username, password } = new URL(address);
  const isPlain = port === '' && username === '' && password === '';
  return protocol === 'https:' && isPlain && isHost(hostname);
}

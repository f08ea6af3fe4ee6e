import type { DecodingProblem } from '../events/payload';
import { WebhookError, errorText } from '../shared/errors';
import type { Verdict } from '../signature/scheme';
import type { BodyResult } from './body-reader';

/** Why a request is refused: what the sender is told, and what the user of the endpoint is. */
export interface Refused {
  readonly status: number;
  /** A code, for `Rejection`. */
  readonly cause: string;
  /** For the sender: a fixed text, the same whatever was wrong inside. */
  readonly answer: string;
  /** For the user. */
  readonly detail: string;
  readonly retryAfterSeconds?: number;
}

export const disabled: Refused = {
  status: 503,
  cause: 'disabled',
  answer: 'Endpoint disabled',
  detail: 'The endpoint is disabled.',
};

export const addressNotAllowed: Refused = {
  status: 403,
  cause: 'address',
  answer: 'Forbidden',
  detail: 'The address of the sender is not in the list of allowed ones.',
};

export function addressLimited(retryAfterSeconds: number): Refused {
  return {
    status: 429,
    cause: 'address-limit',
    answer: 'Too Many Requests',
    detail:
      'So many requests of this address were refused that it is not listened to for a moment.',
    retryAfterSeconds,
  };
}

/** For every way in which reading the body fails while there is somebody to answer. */
export const BODY_REFUSALS: Readonly<
  Record<Exclude<BodyResult['kind'], 'complete' | 'aborted'>, Refused>
> = {
  'too-large': {
    status: 413,
    cause: 'body-too-large',
    answer: 'Request body too large',
    detail: 'The body is longer than this endpoint accepts.',
  },
  'too-slow': {
    status: 408,
    cause: 'body-too-slow',
    answer: 'Request Timeout',
    detail: 'The body did not arrive in time.',
  },
  overloaded: {
    status: 503,
    cause: 'overloaded',
    answer: 'Service Unavailable',
    detail: 'Too many bytes of requests are in memory at once.',
    retryAfterSeconds: 5,
  },
};

/** APILinker's two texts; what exactly did not match is for the user of the endpoint alone. */
export function signatureRefusal(
  verdict: Extract<Verdict, { ok: false }>,
  signatureHeader: string | null,
  isSigned: boolean,
): Refused {
  if (verdict.refusal === 'key-unavailable') return { ...keyUnavailable, detail: verdict.detail };
  const answer =
    isSigned || signatureHeader === null
      ? 'Invalid signature'
      : `Missing signature header: ${signatureHeader}`;
  return { status: 401, cause: verdict.refusal, answer, detail: verdict.detail };
}

/** Signed with the secret and encrypted with something else: it can't be a message that we know. */
export const sealed: Refused = {
  status: 401,
  cause: 'invalid-signature',
  answer: 'Invalid signature',
  detail: 'The body is encrypted, and the secret does not decrypt it to a JSON object.',
};

/** Perhaps the request is genuine: the sender should try again, once its key can be had. */
const keyUnavailable: Omit<Refused, 'detail'> = {
  status: 503,
  cause: 'key-unavailable',
  answer: 'Service Unavailable',
  retryAfterSeconds: 30,
};

export function rateLimited(retryAfterSeconds: number): Refused {
  return {
    status: 429,
    cause: 'rate-limit',
    answer: 'Too Many Requests',
    detail: 'More verified requests per second than this endpoint accepts.',
    retryAfterSeconds,
  };
}

const DECODING_STATUS: Readonly<Record<DecodingProblem, number>> = {
  unsupported: 415,
  corrupt: 400,
  'too-large': 413,
};

const DECODING_ANSWER: Readonly<Record<DecodingProblem, string>> = {
  unsupported: 'Unsupported content encoding',
  corrupt: 'Invalid content encoding',
  'too-large': 'Request body too large',
};

export function decodingRefusal(problem: DecodingProblem): Refused {
  return {
    status: DECODING_STATUS[problem],
    cause: `content-encoding-${problem}`,
    answer: DECODING_ANSWER[problem],
    detail: `The content-encoding of the body is ${problem}.`,
  };
}

/** Nothing was stored, so the sender must try again. */
export function storeRefusal(thrown: unknown): Refused {
  const busy = thrown instanceof WebhookError && thrown.code === 'store-busy';
  return {
    status: 503,
    cause: busy ? 'store-busy' : 'store',
    answer: 'Service Unavailable',
    detail: `The event was not stored: ${errorText(thrown)}`,
    retryAfterSeconds: busy ? 1 : 10,
  };
}

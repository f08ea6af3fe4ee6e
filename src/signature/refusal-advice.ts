/**
 * Why a request was refused and what to do about it, in one line for the operator. The texts hold names
 * from the configuration and numbers, never a secret, a computed signature or what the sender sent.
 */
import type { Refusal, Verdict } from './scheme';
import type { TimeWindow } from './timestamp';

export type Refused = Extract<Verdict, { ok: false }>;

function refused(refusal: Refusal, detail: string): Refused {
  return { ok: false, refusal, detail };
}

export const noSecret = refused(
  'no-secret',
  'No secret is set, or it is a ${NAME} that no environment variable fills in. Set the secret of this endpoint.',
);

export function unusableSecret(problem: string): Refused {
  return refused('no-secret', `The secret cannot be used: ${problem}`);
}

export function missingSignature(place: string, isHeader = true): Refused {
  return refused('missing-signature', `Missing signature${isHeader ? ' header' : ''}: ${place}`);
}

export function unreadableSignature(place: string, form: string): Refused {
  return refused(
    'invalid-signature',
    `${place} holds no signature of the form ${form}. Check that the sender is the one chosen here, and that it came once.`,
  );
}

export const signatureMismatch = refused(
  'invalid-signature',
  'The signature does not match. Compare the secret with the sender\u2019s; a proxy that changes the body has the same effect.',
);

export const verifierFailure = refused(
  'invalid-signature',
  'The request could not be checked, so it was refused.',
);

export function brokenScheme(problem: string): Refused {
  return refused('invalid-signature', `The scheme cannot be checked: ${problem}`);
}

export function missingSignedPart(part: string): Refused {
  return refused('invalid-signature', `Missing or ambiguous, and the signature covers it: ${part}`);
}

export function unexpectedValue(place: string): Refused {
  return refused('invalid-signature', `Not the value that this endpoint expects: ${place}`);
}

/** The sender may well be genuine: it should try again. */
export function keyUnavailable(problem: string): Refused {
  return refused('key-unavailable', `The public key of the sender could not be had: ${problem}`);
}

export function missingTimestamp(place: string): Refused {
  return refused('missing-timestamp', `Missing time of signing: ${place}`);
}

const TIME_FORMATS = {
  s: 'a whole number of seconds',
  ms: 'a whole number of milliseconds',
  iso: 'a time in the form of RFC 3339',
} as const;

export function unreadableTimestamp(place: string, format: keyof typeof TIME_FORMATS): Refused {
  return refused(
    'invalid-signature',
    `The time of signing is not ${TIME_FORMATS[format]}, or came more than once: ${place}`,
  );
}

export function staleTimestamp(ageSeconds: number, window: TimeWindow): Refused {
  const ahead = ageSeconds < 0;
  const limit = ahead ? window.future : window.past;
  const age = ahead ? `${-ageSeconds} s ahead of our clock` : `${ageSeconds} s ago`;
  return refused(
    'stale-timestamp',
    `Signed ${age}; the limit is ${limit ?? 0} s. Check the clocks, or raise the tolerance if the sender is slow; else it is a replay.`,
  );
}

export function malformedToken(header: string): Refused {
  return refused('invalid-signature', `${header} holds no signed JSON Web Token.`);
}

export function tokenAlgorithm(allowed: readonly string[]): Refused {
  return refused(
    'invalid-signature',
    `The token uses an algorithm that is not allowed with this secret; allowed: ${allowed.join(', ')}`,
  );
}

export const tokenMismatch = refused(
  'invalid-signature',
  'The signature of the token does not match. Compare the secret or public key with the sender\u2019s.',
);

export const tokenExpired = refused(
  'invalid-signature',
  'The token has expired (exp). Check the clocks; else it is a replay.',
);

export function tokenClaim(claim: string): Refused {
  return refused(
    'invalid-signature',
    `The token\u2019s claim ${claim} is missing or not what this endpoint expects.`,
  );
}

export const tokenAudience = refused(
  'invalid-signature',
  'The token is meant for an audience (aud), and none is set here. Set the audience of this endpoint.',
);

export const tokenFromFuture = refused(
  'invalid-signature',
  'The token was issued in the future (iat). Check the clocks.',
);

export const tokenTooOld = refused(
  'stale-timestamp',
  'The token was issued too long ago (iat). Check the clocks; else it is a replay.',
);

export const tokenKey = refused(
  'invalid-signature',
  'The token names a key (kid) that is not among the public keys of the sender.',
);

export function missingToken(place: string): Refused {
  return refused('missing-signature', `Missing, empty or not in the expected form: ${place}`);
}

export const tokenDiffers = refused(
  'invalid-signature',
  'The token is not the one that is set here. Compare it with the sender\u2019s.',
);

export const unknownAlgorithm = refused(
  'invalid-signature',
  'The request names an algorithm that this scheme does not allow.',
);

export const certificateAddress = refused(
  'invalid-signature',
  'The address of the certificate is not one of the sender\u2019s: nothing was fetched from it.',
);

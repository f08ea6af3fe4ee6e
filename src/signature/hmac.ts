import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { errorText } from '../shared/errors';
import { keysOf } from './key-form';
import { messageBuilder } from './message';
import type { Message, MessageContext } from './message-context';
import { type Check, type CheckOptions, createMessageCheck } from './message-check';
import * as advice from './refusal-advice';
import type { HashScheme, HmacScheme, Verdict } from './scheme';
import type { NamedSecret } from './secrets';

interface Candidate {
  readonly key: string | Buffer;
  readonly verdict: Extract<Verdict, { ok: true }>;
}

/**
 * Verifies a keyed MAC (RFC 2104), or a digest with the secret inside, over a message built from the
 * request. `secrets` is not empty. Throws where the scheme itself is broken.
 */
export function createHmacCheck(
  scheme: HmacScheme | HashScheme,
  secrets: readonly NamedSecret[],
  options: CheckOptions,
): Check {
  const { candidates, problem } = candidatesOf(scheme, secrets);
  if (candidates.length === 0) {
    const refusal = advice.unusableSecret(problem);
    return () => refusal;
  }
  const match = scheme.scheme === 'hmac' ? macMatch(scheme) : digestMatch(scheme);
  return createMessageCheck(scheme, options, (context, signatures) =>
    match(context, signatures, candidates),
  );
}

function candidatesOf(
  scheme: HmacScheme | HashScheme,
  secrets: readonly NamedSecret[],
): { readonly candidates: readonly Candidate[]; readonly problem: string } {
  const candidates: Candidate[] = [];
  const problems: string[] = [];
  for (const { name, text } of secrets) {
    try {
      const keys = keysOf(text, scheme.scheme === 'hmac' ? scheme.key : undefined);
      candidates.push(
        ...keys.map((key) => ({ key, verdict: { ok: true, secret: name } as const })),
      );
    } catch (thrown) {
      problems.push(errorText(thrown));
    }
  }
  return { candidates, problem: problems[0] ?? '' };
}

type MatchKeys = (
  context: MessageContext,
  signatures: readonly Buffer[],
  candidates: readonly Candidate[],
) => Verdict;

function macMatch(scheme: HmacScheme): MatchKeys {
  const build = messageBuilder(scheme);
  return (context, signatures, candidates) => {
    const built = build(context);
    if ('missing' in built) return advice.missingSignedPart(built.missing);
    for (const message of built.messages) {
      for (const { key, verdict } of candidates) {
        // A string key: measured faster than a KeyObject, which is exported for each MAC.
        if (isOffered(feed(createHmac(scheme.alg, key), message), signatures)) return verdict;
      }
    }
    return advice.signatureMismatch;
  };
}

function digestMatch(scheme: HashScheme): MatchKeys {
  const build = messageBuilder(scheme);
  return (context, signatures, candidates) => {
    for (const { key, verdict } of candidates) {
      const built = build({ ...context, secret: key.toString() });
      if ('missing' in built) return advice.missingSignedPart(built.missing);
      for (const message of built.messages) {
        if (isOffered(feed(createHash(scheme.alg), message), signatures)) return verdict;
      }
    }
    return advice.signatureMismatch;
  };
}

interface Digest {
  update(text: string, encoding: 'utf8'): unknown;
  update(bytes: Uint8Array): unknown;
  digest(): Buffer;
}

function feed(digest: Digest, message: Message): Buffer {
  for (const piece of message) {
    if (typeof piece === 'string') digest.update(piece, 'utf8');
    else digest.update(piece);
  }
  return digest.digest();
}

/** Whether one of the signatures is this one; each is compared in constant time. */
function isOffered(expected: Buffer, signatures: readonly Buffer[]): boolean {
  return signatures.some(
    (signature) => signature.length === expected.length && timingSafeEqual(signature, expected),
  );
}

import { type KeyObject, verify } from 'node:crypto';
import { errorText } from '../shared/errors';
import type { KeySource } from './key-source';
import { joinMessage, messageBuilder } from './message';
import type { Message } from './message-context';
import { type Check, type CheckOptions, createMessageCheck, type Match } from './message-check';
import { compilePattern, compileSearch } from './pattern';
import { readPublicKey } from './public-key';
import * as advice from './refusal-advice';
import type { RequestView } from './request-view';
import type {
  AsymmetricScheme,
  CertificateKey,
  Locator,
  PublicKeyAlgorithm,
  StaticKey,
  Verdict,
} from './scheme';
import type { NamedSecret } from './secrets';

export interface AsymmetricOptions extends CheckOptions {
  readonly keySource?: KeySource;
}

interface NamedKey {
  readonly name: NamedSecret['name'];
  readonly key: KeyObject;
}

/**
 * Verifies a signature with a public key: one that is configured as the secret, or that of a
 * certificate whose address the sender names. Throws where the scheme itself is broken.
 */
export function createAsymmetricCheck(
  scheme: AsymmetricScheme,
  secrets: readonly NamedSecret[],
  options: AsymmetricOptions,
): Check {
  if (scheme.key.from === 'cert-url') {
    return createMessageCheck(scheme, options, certificateMatch(scheme, scheme.key, options));
  }
  const { keys, problem } = staticKeys(scheme.key, secrets);
  if (keys.length === 0) {
    const refusal = advice.unusableSecret(problem);
    return () => refusal;
  }
  return createMessageCheck(scheme, options, staticMatch(scheme, keys));
}

function staticKeys(
  { fmt, strip }: StaticKey,
  secrets: readonly NamedSecret[],
): { readonly keys: readonly NamedKey[]; readonly problem: string } {
  const keys: NamedKey[] = [];
  const problems: string[] = [];
  for (const { name, text } of secrets) {
    try {
      keys.push({ name, key: readPublicKey(text, fmt, strip) });
    } catch (thrown) {
      problems.push(errorText(thrown));
    }
  }
  return { keys, problem: problems[0] ?? '' };
}

function staticMatch(scheme: AsymmetricScheme, keys: readonly NamedKey[]): Match {
  const build = messageBuilder(scheme);
  const algorithmOf = algorithmReader(scheme.alg);
  return (context, signatures) => {
    const algorithm = algorithmOf(context.view);
    if (algorithm === undefined) return advice.unknownAlgorithm;
    const built = build({ ...context, algorithm });
    if ('missing' in built) return advice.missingSignedPart(built.missing);
    for (const { name, key } of keys) {
      if (anyMatches(algorithm, key, built.messages, signatures)) return { ok: true, secret: name };
    }
    return advice.signatureMismatch;
  };
}

function certificateMatch(
  scheme: AsymmetricScheme,
  key: CertificateKey,
  { keySource }: AsymmetricOptions,
): Match {
  if (keySource === undefined) throw new Error('certificates cannot be fetched here');
  const build = messageBuilder(scheme);
  const algorithmOf = algorithmReader(scheme.alg);
  const addressOf = addressReader(key);
  return (context, signatures) => {
    const algorithm = algorithmOf(context.view);
    if (algorithm === undefined) return advice.unknownAlgorithm;
    const built = build({ ...context, algorithm });
    if ('missing' in built) return advice.missingSignedPart(built.missing);
    const url = addressOf(context.view);
    if (url === undefined) return advice.certificateAddress;
    return keySource.certificateKey(url, key.issuerAllow).then(
      (fetched): Verdict =>
        anyMatches(algorithm, fetched, built.messages, signatures)
          ? { ok: true, secret: 'current' }
          : advice.signatureMismatch,
      (thrown: unknown) => advice.keyUnavailable(errorText(thrown)),
    );
  };
}

function algorithmReader(
  alg: AsymmetricScheme['alg'],
): (view: RequestView) => PublicKeyAlgorithm | undefined {
  if (typeof alg === 'string') return () => alg;
  const { by, map } = alg;
  return (view) => {
    const named = textAt(by, view);
    return named !== undefined && Object.hasOwn(map, named) ? map[named] : undefined;
  };
}

function textAt(locator: Locator, view: RequestView): string | undefined {
  if ('json' in locator) return view.jsonText(locator.json);
  const name = locator.header.toLowerCase();
  return view.isRepeated(name) ? undefined : view.header(name);
}

const MAX_ADDRESS = 2048;

/** The address of the certificate: https, the standard port, an allowed host and path; else undefined. */
function addressReader({
  url: place,
  hostAllow,
  pathAllow,
}: CertificateKey): (view: RequestView) => string | undefined {
  const isHost = compilePattern(hostAllow);
  const isPath = pathAllow === undefined ? () => true : compileSearch(pathAllow);
  return (view) => {
    const text = textAt(place, view);
    if (text === undefined || text.length > MAX_ADDRESS || !URL.canParse(text)) return undefined;
    const { protocol, hostname, port, username, password, pathname, search, href } = new URL(text);
    const isPlain = port === '' && username === '' && password === '' && search === '';
    if (protocol !== 'https:' || !isPlain || !isHost(hostname) || !isPath(pathname)) {
      return undefined;
    }
    return href;
  };
}

function anyMatches(
  algorithm: PublicKeyAlgorithm,
  key: KeyObject,
  messages: readonly Message[],
  signatures: readonly Buffer[],
): boolean {
  if (!fits(algorithm, key)) return false;
  return messages.some((message) => {
    const bytes = joinMessage(message);
    return signatures.some((signature) => isSigned(algorithm, key, bytes, signature));
  });
}

/** A key verifies only what it is for: the library would take any. */
function fits(algorithm: PublicKeyAlgorithm, key: KeyObject): boolean {
  switch (algorithm) {
    case 'ed25519':
      return key.asymmetricKeyType === 'ed25519';
    case 'ecdsa-p256-sha256':
      return (
        key.asymmetricKeyType === 'ec' && key.asymmetricKeyDetails?.namedCurve === 'prime256v1'
      );
    case 'rsa-sha1':
    case 'rsa-sha256':
      return (
        key.asymmetricKeyType === 'rsa' && (key.asymmetricKeyDetails?.modulusLength ?? 0) >= 1024
      );
  }
}

function isSigned(
  algorithm: PublicKeyAlgorithm,
  key: KeyObject,
  message: Uint8Array,
  signature: Buffer,
): boolean {
  switch (algorithm) {
    case 'ed25519':
      return verify(null, message, key, signature);
    case 'ecdsa-p256-sha256':
      return verify('sha256', message, { key, dsaEncoding: 'der' }, signature);
    case 'rsa-sha1':
      return verify('sha1', message, key, signature);
    case 'rsa-sha256':
      return verify('sha256', message, key, signature);
  }
}

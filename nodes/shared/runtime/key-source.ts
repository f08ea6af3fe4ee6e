import { X509Certificate } from 'node:crypto';
import * as tls from 'node:tls';
import { CertificateCache } from '../../../src/signature/certificate-cache';
import { KeySetCache } from '../../../src/signature/key-set-cache';
import type { KeySource } from '../../../src/signature/key-source';
import { systemClock } from '../../../src/shared/clock';
import { fetchBytes } from './fetch-bytes';

let shared: KeySource | undefined;

/** Public keys from elsewhere, fetched once for all endpoints. */
export function keySource(): KeySource {
  if (shared !== undefined) return shared;
  const tools = { fetchBytes, now: () => systemClock.now() };
  const sets = new KeySetCache(tools);
  const certificates = new CertificateCache({ ...tools, roots: systemRoots });
  shared = {
    keySet: (url, kid) => sets.keySet(url, kid),
    certificateKey: (url, issuerAllow) => certificates.key(url, issuerAllow),
  };
  return shared;
}

/** Calls an address with which a subscription is confirmed. */
export async function confirm(url: string): Promise<void> {
  await fetchBytes(url);
}

let roots: readonly X509Certificate[] | undefined;

function systemRoots(): readonly X509Certificate[] {
  roots ??= rootTexts().map((pem) => new X509Certificate(pem));
  return roots;
}

/** With those of the operating system where Node.js was told to use them; Node.js 22.15 and above. */
function rootTexts(): readonly string[] {
  const { getCACertificates } = tls as { getCACertificates?: (type: 'default') => string[] };
  return getCACertificates?.('default') ?? tls.rootCertificates;
}

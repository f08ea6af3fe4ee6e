import type { KeyObject, X509Certificate } from 'node:crypto';
import { assertValidAt, checkChain, readCertificates } from './certificate-chain';
import type { CacheTools } from './key-set-cache';
import { compilePattern } from './pattern';

export interface CertificateTools extends CacheTools {
  /** Read once, when the first certificate has to be checked. */
  readonly roots: () => readonly X509Certificate[];
}

/** Requests can name any path of an allowed host: of addresses that are not known few are fetched. */
const FETCHES_PER_MINUTE = 10;
const MINUTE_MS = 60_000;
const MAX_KEPT = 50;
/** A sender's certificate is checked again after a day. */
const KEPT_MS = 86_400_000;

interface Kept {
  readonly certificate: Promise<X509Certificate>;
  readonly atMs: number;
}

/** Certificates by address, fetched and checked against the system's roots. */
export class CertificateCache {
  readonly #tools: CertificateTools;
  readonly #kept = new Map<string, Kept>();
  #fetches: number[] = [];

  constructor(tools: CertificateTools) {
    this.#tools = tools;
  }

  /** `issuerAllow`: hosts from which a missing issuer may be fetched (anchored, RE2). */
  async key(url: string, issuerAllow?: string): Promise<KeyObject> {
    const certificate = await this.#certificate(url, issuerAllow);
    assertValidAt(certificate, this.#tools.now());
    return certificate.publicKey;
  }

  #certificate(url: string, issuerAllow: string | undefined): Promise<X509Certificate> {
    const now = this.#tools.now();
    const known = this.#kept.get(url);
    if (known !== undefined && now - known.atMs < KEPT_MS) return known.certificate;
    this.#fetches = this.#fetches.filter((atMs) => now - atMs < MINUTE_MS);
    if (this.#fetches.length >= FETCHES_PER_MINUTE) {
      return Promise.reject(new Error('too many certificates were asked for in the last minute.'));
    }
    this.#fetches.push(now);
    if (this.#kept.size >= MAX_KEPT) this.#kept.clear();
    const certificate = this.#load(url, issuerAllow);
    const kept = { certificate, atMs: now };
    this.#kept.set(url, kept);
    certificate.catch(() => {
      if (this.#kept.get(url) === kept) this.#kept.delete(url);
    });
    return certificate;
  }

  async #load(url: string, issuerAllow: string | undefined): Promise<X509Certificate> {
    const { fetchBytes, roots, now } = this.#tools;
    const certificates = readCertificates(await fetchBytes(url));
    const fetchIssuer = issuerAllow === undefined ? undefined : this.#issuerFetcher(issuerAllow);
    await checkChain(certificates, {
      roots: roots(),
      nowMs: now(),
      ...(fetchIssuer !== undefined && { fetchIssuer }),
    });
    return certificates[0] as X509Certificate;
  }

  /** Plain http is enough here: what comes is believed only if it has signed the certificate. */
  #issuerFetcher(issuerAllow: string): (url: string) => Promise<X509Certificate> {
    const isHost = compilePattern(issuerAllow);
    return async (url) => {
      const { protocol, hostname, port } = new URL(url);
      if (!['http:', 'https:'].includes(protocol) || port !== '' || !isHost(hostname)) {
        throw new Error('the issuer of the certificate is at an address that is not allowed.');
      }
      const [issuer] = readCertificates(await this.#tools.fetchBytes(url));
      return issuer as X509Certificate;
    };
  }
}

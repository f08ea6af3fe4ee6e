import { X509Certificate } from 'node:crypto';

const PEM_BLOCK = /-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----/g;
const MAX_CERTIFICATES = 10;
const MAX_DEPTH = 6;

/** The certificates of a document: PEM blocks, or one in DER. Throws where there is none. */
export function readCertificates(document: Buffer): readonly X509Certificate[] {
  const blocks = document.toString('latin1').match(PEM_BLOCK) ?? [];
  const sources: readonly (string | Buffer)[] = blocks.length > 0 ? blocks : [document];
  try {
    return sources.slice(0, MAX_CERTIFICATES).map((source) => new X509Certificate(source));
  } catch {
    throw new Error('the document holds no certificate.');
  }
}

export interface ChainOptions {
  readonly roots: readonly X509Certificate[];
  /** Epoch milliseconds. */
  readonly nowMs: number;
  /** Fetches an issuer that the document lacks, by the address in a certificate; absent: none is. */
  readonly fetchIssuer?: (url: string) => Promise<X509Certificate>;
}

/**
 * Makes sure that the first certificate was issued, over the others, by one of the roots, and that all
 * of them are valid now (RFC 5280, section 6, of which name constraints and revocation are left out).
 * Rejects with an error that says what is wrong.
 */
export async function checkChain(
  [leaf, ...others]: readonly X509Certificate[],
  options: ChainOptions,
): Promise<void> {
  if (leaf === undefined) throw new Error('the document holds no certificate.');
  if (leaf.ca) throw new Error('the certificate is one of an authority, not of a sender.');
  let current = leaf;
  for (let depth = 0; depth < MAX_DEPTH; depth++) {
    assertValidAt(current, options.nowMs);
    const root = options.roots.find((candidate) => isIssuer(candidate, current));
    if (root !== undefined) {
      assertValidAt(root, options.nowMs);
      return;
    }
    current = await issuerOf(current, others, options);
  }
  throw new Error('the certificate\u2019s chain is too long.');
}

/** Throws where the certificate is not valid at that time. */
export function assertValidAt({ validFrom, validTo }: X509Certificate, nowMs: number): void {
  if (nowMs < Date.parse(validFrom) || nowMs > Date.parse(validTo)) {
    throw new Error(`a certificate is valid from ${validFrom} to ${validTo} only.`);
  }
}

function isIssuer(issuer: X509Certificate, certificate: X509Certificate): boolean {
  return issuer.ca && certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey);
}

async function issuerOf(
  certificate: X509Certificate,
  others: readonly X509Certificate[],
  { fetchIssuer }: ChainOptions,
): Promise<X509Certificate> {
  const sent = others.find((other) => isIssuer(other, certificate));
  if (sent !== undefined) return sent;
  const url = /CA Issuers - URI:(\S+)/.exec(certificate.infoAccess ?? '')?.[1];
  if (fetchIssuer !== undefined && url !== undefined) {
    const fetched = await fetchIssuer(url);
    if (isIssuer(fetched, certificate)) return fetched;
  }
  throw new Error('the certificate was not issued by an authority that this system trusts.');
}

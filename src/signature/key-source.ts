import type { KeyObject } from 'node:crypto';
import type { KeySet } from './jwt-key';

/**
 * Where public keys come from that are not configured: fetched, kept and bounded by whoever implements
 * it. A promise that rejects means that there is no key now.
 */
export interface KeySource {
  /** The keys at an address; `kid`: one that has to be among them, else it is asked again, not too often. */
  keySet(url: string, kid: string | undefined): Promise<KeySet>;
  /**
   * The key of the certificate at an address, which has been found to be allowed. `issuerAllow`: hosts
   * from which a missing issuer may be fetched.
   */
  certificateKey(url: string, issuerAllow?: string): Promise<KeyObject>;
}

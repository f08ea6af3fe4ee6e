import type { Settings } from '../message-context';

/** Who signs: with the secret that the receiver has. */
export interface Signer {
  readonly secret: string;
  readonly settings: Settings;
  readonly nowMs: number;
  /** A text that has not been used before. */
  readonly newId: () => string;
}

/** Keeps the secret that a sender sent with its handshake, on disk and never readable. */
export interface CapturedSecret {
  /** Null: none was captured. Throws where there is one and it can't be read. */
  read(): string | null;
  /** Resolves once it is durable. */
  write(secret: string): Promise<void>;
}

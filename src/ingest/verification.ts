import type { Secrets, SignedRequest, Verdict } from '../signature/scheme';
import { isMissingSecret } from '../signature/secrets';
import { createVerifier } from '../signature/verify';
import type { EndpointSettings, EndpointTools } from './endpoint-settings';

/** The secrets of an endpoint and what verifies with them; a captured secret takes effect at once. */
export class Verification {
  /** Called once a captured secret is in use. */
  onCapture: () => void = () => undefined;
  readonly #settings: EndpointSettings;
  readonly #tools: EndpointTools;
  #secrets: Secrets | null;
  #verify: (request: SignedRequest) => Verdict | Promise<Verdict>;
  #isCapturing = false;
  #isReadable = true;

  constructor(settings: EndpointSettings, tools: EndpointTools) {
    this.#settings = settings;
    this.#tools = tools;
    this.#secrets = settings.secrets;
    if (isMissingSecret(settings.secrets?.current)) this.#secrets = this.#captured();
    this.#verify = this.#verifier();
  }

  verify(request: SignedRequest): Verdict | Promise<Verdict> {
    return this.#verify(request);
  }

  /** The secret in use; null: there is none. */
  get secret(): string | null {
    const current = this.#secrets?.current;
    return isMissingSecret(current) ? null : (current ?? null);
  }

  /** Whether the next secret that a sender sends is ours: there is none, and none is being kept. */
  get isWaiting(): boolean {
    const { capturesSecret } = this.#settings;
    return capturesSecret && this.#isReadable && this.secret === null && !this.#isCapturing;
  }

  /** Keeps a secret and verifies with it from then on. Rejects where it could not be kept. */
  async capture(secret: string): Promise<void> {
    const { captured } = this.#tools;
    if (captured === undefined) throw new Error('there is no place to keep a secret');
    this.#isCapturing = true;
    try {
      await captured.write(secret);
      this.#secrets = { current: secret };
      this.#verify = this.#verifier();
    } finally {
      this.#isCapturing = false;
    }
    this.onCapture();
  }

  /** One that can't be read is not as good as none: whoever comes first would give us another. */
  #captured(): Secrets | null {
    if (!this.#settings.capturesSecret) return null;
    try {
      const secret = this.#tools.captured?.read() ?? null;
      return secret === null ? null : { current: secret };
    } catch {
      this.#isReadable = false;
      return null;
    }
  }

  #verifier(): (request: SignedRequest) => Verdict | Promise<Verdict> {
    const { scheme, toleranceSeconds, settings, jwksUrl } = this.#settings;
    const { keySource, clock } = this.#tools;
    const verifier = createVerifier(scheme, this.#secrets, {
      toleranceSeconds,
      settings,
      jwksUrl,
      ...(keySource !== undefined && { keySource }),
      now: () => clock.now(),
    });
    return (request) => verifier.verify(request);
  }
}

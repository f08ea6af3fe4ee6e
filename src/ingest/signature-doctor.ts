import { diagnose } from '../signature/doctor';
import type { SignedRequest, Verdict } from '../signature/scheme';
import type { EndpointSettings, EndpointTools } from './endpoint-settings';

const EVERY_MS = 1000;

/** Says of a refused request what would have to change; at most once a second, a flood costs no more. */
export class SignatureDoctor {
  readonly #settings: EndpointSettings;
  readonly #tools: EndpointTools;
  #lastMs = -Infinity;

  constructor(settings: EndpointSettings, tools: EndpointTools) {
    this.#settings = settings;
    this.#tools = tools;
  }

  /** A sentence for the operator, with a space before it; '' where there is nothing to say. */
  advice(
    { refusal }: Extract<Verdict, { ok: false }>,
    request: SignedRequest,
    secret: string | null,
  ): string {
    const isMismatch = refusal === 'invalid-signature' || refusal === 'missing-signature';
    const nowMs = this.#tools.clock.now();
    if (!isMismatch || secret === null || nowMs - this.#lastMs < EVERY_MS) return '';
    this.#lastMs = nowMs;
    const { scheme, settings } = this.#settings;
    const change = this.#try(() =>
      diagnose(scheme, { current: secret }, request, { settings, now: () => nowMs }),
    );
    return change === null ? '' : ` With one change it would match: ${change}.`;
  }

  /** Advice is a favour: it must not make a refusal fail. */
  #try(look: () => string | null): string | null {
    try {
      return look();
    } catch {
      return null;
    }
  }
}

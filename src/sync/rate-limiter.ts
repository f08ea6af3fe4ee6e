import type { Clock } from '../shared/clock';
import { parseRetryAfter } from '../shared/retry-after';
import type { RateLimit } from './endpoint';
import type { HttpAnswer } from './http-client';

/** Spaces the requests to an endpoint. */
export interface RateLimiter {
  /** Reserves the next place; how long to wait for it, in milliseconds. */
  reserve(): number;
  /** Learns from an answer. */
  observe(answer: HttpAnswer): void;
}

/** The limiter of an endpoint (APILinker's `rate_limit`); null: none. */
export function createRateLimiter(limit: RateLimit | null, clock: Clock): RateLimiter | null {
  switch (limit?.strategy) {
    case undefined:
    case 'none':
      return null;
    case 'token_bucket':
      return new TokenBucket(limit.rate, limit.burst, clock);
    case 'leaky_bucket':
      return new TokenBucket(limit.rate, 1, clock);
    case 'adaptive':
      return new Adaptive(limit.rate, clock);
  }
}

/** `rate` per second in the long run, `burst` at once. With a burst of 1 it is a leaky bucket: even spacing. */
class TokenBucket implements RateLimiter {
  readonly #clock: Clock;
  readonly #burst: number;
  rate: number;
  #tokens: number;
  #countedAtMs: number;

  constructor(rate: number, burst: number, clock: Clock) {
    this.rate = rate;
    this.#burst = burst;
    this.#clock = clock;
    this.#tokens = burst;
    this.#countedAtMs = clock.now();
  }

  /** A place that lies in the future moves the count there, so that the next one comes behind it. */
  reserve(): number {
    const nowMs = this.#clock.now();
    if (nowMs > this.#countedAtMs) {
      const earned = ((nowMs - this.#countedAtMs) / 1000) * this.rate;
      this.#tokens = Math.min(this.#burst, this.#tokens + earned);
      this.#countedAtMs = nowMs;
    }
    if (this.#tokens >= 1) {
      this.#tokens -= 1;
      return this.#countedAtMs - nowMs;
    }
    this.#countedAtMs += ((1 - this.#tokens) / this.rate) * 1000;
    this.#tokens = 0;
    return this.#countedAtMs - nowMs;
  }

  observe(): void {
    // It has nothing to learn.
  }
}

/** Below this many remaining requests the rest is spread over the time until the limit is reset. */
const FEW_REMAINING = 5;
const SLOWEST_RATE = 0.1;
/** After a 429 that does not say how long to wait. */
const DEFAULT_BLOCK_MS = 5000;
/** A longer Retry-After is left to the retries, which fail and say so. */
const LONGEST_BLOCK_MS = 60_000;

/** A token bucket that follows `X-RateLimit-Remaining`, `X-RateLimit-Reset` and Retry-After. */
class Adaptive implements RateLimiter {
  readonly #clock: Clock;
  readonly #bucket: TokenBucket;
  #blockedUntilMs = 0;

  constructor(rate: number, clock: Clock) {
    this.#clock = clock;
    this.#bucket = new TokenBucket(rate, Math.max(1, Math.trunc(rate)), clock);
  }

  reserve(): number {
    const blocked = Math.max(0, this.#blockedUntilMs - this.#clock.now());
    return Math.max(blocked, this.#bucket.reserve());
  }

  observe({ status, headers }: HttpAnswer): void {
    const nowMs = this.#clock.now();
    if (status === 429) {
      const asked = parseRetryAfter(headers.get('retry-after'), nowMs) ?? DEFAULT_BLOCK_MS;
      this.#blockedUntilMs = nowMs + Math.min(asked, LONGEST_BLOCK_MS);
      return;
    }
    const remaining = numberOf(headers.get('x-ratelimit-remaining'));
    const resetMs = numberOf(headers.get('x-ratelimit-reset')) * 1000;
    if (remaining < FEW_REMAINING && resetMs > nowMs) {
      this.#bucket.rate = Math.max(SLOWEST_RATE, remaining / ((resetMs - nowMs) / 1000));
    }
  }
}

function numberOf(text: string | undefined): number {
  return text === undefined || text.trim() === '' ? NaN : Number(text);
}

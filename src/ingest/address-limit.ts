/** Requests of one address that may be refused for what they are: on average, and at once. */
const REFUSED_PER_SECOND = 50;
const REFUSED_AT_ONCE = 250;
/** Addresses that are remembered; the one that was charged longest ago is forgotten first. */
const MAX_ADDRESSES = 10_000;

interface Account {
  /** Refusals that are left. */
  left: number;
  atMs: number;
}

/**
 * Who sends one bad request after the other is not listened to for a while: neither read nor verified.
 * Only requests that were refused for what they are count - unsigned, too large, too slow - so that no
 * number of good ones is ever limited. A token bucket an address; of IPv6 an address is a /64, since
 * who has one has all of them.
 */
export class AddressLimit {
  readonly #accounts = new Map<string, Account>();

  /** Seconds that the address has to wait; 0: it may send. */
  waitSeconds(address: string, nowMs: number): number {
    if (this.#accounts.size === 0) return 0;
    const account = this.#accounts.get(accountOf(address));
    if (account === undefined) return 0;
    const left = leftAt(account, nowMs);
    return left >= 1 ? 0 : Math.ceil((1 - left) / REFUSED_PER_SECOND);
  }

  /** A request of the address was refused. */
  charge(address: string, nowMs: number): void {
    const key = accountOf(address);
    const account = this.#accounts.get(key);
    const left = account === undefined ? REFUSED_AT_ONCE : leftAt(account, nowMs);
    // Set anew, it is the youngest.
    this.#accounts.delete(key);
    this.#accounts.set(key, { left: Math.max(0, left - 1), atMs: nowMs });
    if (this.#accounts.size > MAX_ADDRESSES) {
      this.#accounts.delete(this.#accounts.keys().next().value ?? '');
    }
  }

  /** Addresses that are remembered. */
  get size(): number {
    return this.#accounts.size;
  }
}

function leftAt({ left, atMs }: Account, nowMs: number): number {
  const passedMs = Math.max(0, nowMs - atMs);
  return Math.min(REFUSED_AT_ONCE, left + (passedMs / 1000) * REFUSED_PER_SECOND);
}

function accountOf(address: string): string {
  if (!address.includes(':')) return address;
  const [head = '', tail] = address.split('::');
  const first = head === '' ? [] : head.split(':');
  const last = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = Array.from({ length: Math.max(0, 8 - first.length - last.length) }, () => '0');
  return [...first, ...zeros, ...last].slice(0, 4).join(':');
}

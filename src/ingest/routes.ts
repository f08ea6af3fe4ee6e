import {
  comparePatterns,
  encodeSegment,
  matchPattern,
  splitPath,
  type PathPattern,
  type PathSegments,
} from './path-pattern';

/** A claim to some methods of a path. `E` is what answers there. */
export interface Route<E> {
  /** Who claims it: the id of a node, which outlives the node's instances. */
  readonly owner: string;
  readonly pattern: PathPattern;
  /** Upper case. */
  readonly methods: readonly string[];
  readonly target: E;
}

export interface ClaimListener {
  /** The claimant holds the route. */
  granted(): void;
  /** Another owner holds `method` of the path; the claimant has what is in `held`. */
  refused(method: string, held: readonly string[]): void;
}

export interface RouteMatch<E> {
  readonly route: Route<E>;
  readonly params: Readonly<Record<string, string>>;
}

export type Lookup<E> =
  | { readonly kind: 'match'; readonly match: RouteMatch<E> }
  /** The path is known, with these methods. */
  | { readonly kind: 'other-method'; readonly allow: readonly string[] };

interface Claim<E> {
  readonly route: Route<E>;
  readonly listener: ClaimListener;
  /** Its node was closed; it goes on answering until the table is settled. */
  suspended: boolean;
}

/** All claims to the paths of one shape. */
interface Place<E> {
  readonly pattern: PathPattern;
  /** Neither parameter nor wildcard: found by its path alone. */
  readonly exact: boolean;
  /** In the order in which they came: for each method the first one holds it. */
  claims: Claim<E>[];
}

/**
 * Who answers which path and method. The table outlives the nodes (G3): a closing node only suspends
 * its claims, so requests are answered all through a deploy; `settle`, once the flows are started,
 * drops what did not come back. On a conflict the earlier holder keeps the path, whatever the order
 * in which the nodes were built.
 */
export class RouteTable<E> {
  readonly #places = new Map<string, Place<E>>();
  /** Places with parameters or a wildcard, the most specific first. */
  #open: Place<E>[] = [];

  /** Claims a route, in place of the suspended claims of the same owner for the same path. */
  claim(route: Route<E>, listener: ClaimListener): void {
    const place = this.#place(route.pattern);
    const claim = { route, listener, suspended: false };
    const before = place.claims.findIndex((known) => known.route.owner === route.owner);
    if (before === -1) place.claims.push(claim);
    else place.claims[before] = claim;
  }

  /** The owner's node was closed. */
  suspend(owner: string): void {
    for (const { claims } of this.#places.values()) {
      for (const claim of claims) if (claim.route.owner === owner) claim.suspended = true;
    }
  }

  /** The flows are started: what is still suspended is gone, and everyone learns what they hold. */
  settle(): void {
    for (const [shape, place] of this.#places) {
      place.claims = place.claims.filter((claim) => !claim.suspended);
      if (place.claims.length === 0) this.#places.delete(shape);
    }
    this.#open = this.#open.filter((place) => place.claims.length > 0);
    for (const place of this.#places.values()) {
      for (const claim of place.claims) tellClaimant(place, claim);
    }
  }

  /** The owners of claims by the shape of their paths, in the order in which they came. */
  owners(): [shape: string, owners: string[]][] {
    return [...this.#places].map(([shape, { claims }]) => [
      shape,
      claims.map(({ route }) => route.owner),
    ]);
  }

  /**
   * Those of these owners come first at paths of that shape, in this order; the others keep theirs behind them.
   * Where that changes anything, the claimants learn what they hold. True: it did.
   */
  arrange(shape: string, owners: readonly string[]): boolean {
    const place = this.#places.get(shape);
    if (place === undefined) return false;
    const rank = ({ route }: Claim<E>): number => {
      const at = owners.indexOf(route.owner);
      return at === -1 ? owners.length : at;
    };
    const arranged = place.claims.toSorted((a, b) => rank(a) - rank(b));
    if (arranged.every((claim, at) => claim === place.claims[at])) return false;
    place.claims = arranged;
    for (const claim of arranged) if (!claim.suspended) tellClaimant(place, claim);
    return true;
  }

  /** Who answers a request; the path is without query, as it was received. */
  find(method: string, path: string): Lookup<E> | undefined {
    const exact = this.#exact(path);
    const claim = exact === undefined ? undefined : holder(exact, method);
    if (claim !== undefined) return { kind: 'match', match: { route: claim.route, params: {} } };
    return this.#search(method, path);
  }

  #search(method: string, path: string): Lookup<E> | undefined {
    const segments = splitPath(path);
    if (segments === undefined) return undefined;
    const allow = new Set<string>();
    for (const place of this.#matching(segments)) {
      const claim = holder(place, method);
      if (claim !== undefined) {
        const params = matchPattern(claim.route.pattern, segments) ?? {};
        return { kind: 'match', match: { route: claim.route, params } };
      }
      for (const { route } of place.claims) for (const name of route.methods) allow.add(name);
    }
    return allow.size === 0 ? undefined : { kind: 'other-method', allow: [...allow].sort() };
  }

  /** All routes that are held or waited for, in order of their claims. */
  routes(): Route<E>[] {
    return [...this.#places.values()].flatMap(({ claims }) => claims.map(({ route }) => route));
  }

  #exact(key: string): Place<E> | undefined {
    const place = this.#places.get(key);
    return place?.exact === true ? place : undefined;
  }

  *#matching(segments: PathSegments): Generator<Place<E>> {
    const exact = this.#exact(`/${segments.map(encodeSegment).join('/')}`);
    if (exact !== undefined) yield exact;
    for (const place of this.#open) {
      if (matchPattern(place.pattern, segments) !== undefined) yield place;
    }
  }

  #place(pattern: PathPattern): Place<E> {
    const known = this.#places.get(pattern.shape);
    if (known !== undefined) return known;
    const place: Place<E> = { pattern, exact: isExact(pattern), claims: [] };
    this.#places.set(pattern.shape, place);
    if (!place.exact) {
      this.#open = [...this.#open, place].sort((a, b) => comparePatterns(a.pattern, b.pattern));
    }
    return place;
  }
}

function isExact({ segments, wildcard }: PathPattern): boolean {
  return !wildcard && segments.every((segment) => 'text' in segment);
}

function holder<E>({ claims }: Place<E>, method: string): Claim<E> | undefined {
  return claims.find(({ route }) => route.methods.includes(method));
}

/** A claimant of several methods has them all or is told that it has not. */
function tellClaimant<E>(place: Place<E>, claim: Claim<E>): void {
  const { methods } = claim.route;
  const lost = methods.find((method) => holder(place, method) !== claim);
  if (lost === undefined) claim.listener.granted();
  else
    claim.listener.refused(
      lost,
      methods.filter((method) => holder(place, method) === claim),
    );
}

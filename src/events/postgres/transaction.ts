import type { Counted } from '../minute-counts';
import type { EndpointTotal, Total } from '../totals';
import type { Session, Statement } from './session';

/** Something to count at an endpoint, by the server's clock. */
export interface Count {
  readonly endpoint: string;
  readonly kind: Counted;
  readonly atMs: number;
}

/** Where claims of this process look at what others have in hand: whose ends the others are told. */
export interface Followed {
  readonly endpoints: Set<number>;
  /** Ids of retry nodes. */
  readonly nodes: Set<string>;
}

/**
 * What the calls of a transaction see of it. Statements go to the server without waiting for the answers to
 * those before, so that a round of calls takes one way there and back for all that it reads, and one for all
 * that it writes, with the commit.
 */
export class Transaction {
  /** The instance in whose name it is. */
  readonly me: number;
  /** The time of the server. */
  readonly nowMs: number;
  readonly followed: Followed;
  readonly #session: Session;
  readonly #counts: Count[] = [];
  readonly #totals: EndpointTotal[] = [];
  #wakes = false;
  #failure: { readonly error: unknown } | null = null;

  constructor(session: Session, me: number, nowMs: number, followed: Followed) {
    this.#session = session;
    this.me = me;
    this.nowMs = nowMs;
    this.followed = followed;
  }

  async query<Row extends object>(
    statement: Statement,
    values: readonly unknown[],
  ): Promise<Row[]> {
    try {
      return await this.#session.query<Row>(statement, values);
    } catch (error) {
      this.#failure ??= { error };
      throw error;
    }
  }

  /** Sends what has no answer; whether it worked shows at the commit. */
  write(statement: Statement, values: readonly unknown[]): void {
    this.query(statement, values).catch(() => undefined);
  }

  /** Rejects with what went wrong first, in any of the statements: the others failed because of it. */
  async commit(): Promise<void> {
    const done = await this.#session.commit();
    if (this.#failure !== null) throw this.#failure.error;
    if (done !== 'COMMIT') throw new Error('The transaction was taken back.');
  }

  /** What went wrong first; `error` where nothing did before it. */
  async takeBack(error: unknown): Promise<unknown> {
    await this.#session.script('ROLLBACK').catch(() => undefined);
    return this.#failure === null ? error : this.#failure.error;
  }

  /** There is something that another instance may take: it is told when this is committed. */
  wakeOthers(): void {
    this.#wakes = true;
  }

  /** Where the order counts, or a bound of the cluster, another instance may wait for it. */
  eventEnded(endpointId: number): void {
    if (this.followed.endpoints.has(endpointId)) this.#wakes = true;
  }

  /** Where a bound of the cluster counts, another instance may wait for its place. */
  jobEnded(nodeId: string): void {
    if (this.followed.nodes.has(nodeId)) this.#wakes = true;
  }

  /** It is counted when this is committed. */
  count(count: Count): void {
    this.#counts.push(count);
  }

  /** For monitoring; the same. */
  total(endpoint: string, total: Total, count = 1): void {
    this.#totals.push({ endpoint, total, count });
  }

  get totals(): readonly EndpointTotal[] {
    return this.#totals;
  }

  get counts(): readonly Count[] {
    return this.#counts;
  }

  get wakes(): boolean {
    return this.#wakes;
  }
}

/** What a call is answered once the commit, which is sent without waiting for that answer, has arrived. */
export class Underway<Answer> {
  readonly answer: Promise<Answer>;

  constructor(answer: Promise<Answer>) {
    this.answer = answer;
    // Where it fails, the commit does as well.
    answer.catch(() => undefined);
  }
}

/** PostgreSQL's texts can't hold the character NUL; what senders say may have it. */
export function clean(text: string): string {
  return text.includes('\0') ? text.replaceAll('\0', '\ufffd') : text;
}

export function cleanOrNull(text: string | null): string | null {
  return text === null ? null : clean(text);
}

/** The columns of rows, as arrays for `unnest`: one plan for any number of rows. */
export function columns(rows: readonly (readonly unknown[])[], width: number): unknown[][] {
  return Array.from({ length: width }, (_, column) => rows.map((row) => row[column] ?? null));
}

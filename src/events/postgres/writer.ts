import type { Logger } from '../../shared/logger';
import { WebhookError } from '../../shared/errors';
import { Accepting } from './accepting';
import type { Call } from './call-queue';
import { EndpointIds } from './endpoint-ids';
import { REJOINED } from './membership';
import type { Membership } from './membership';
import { isDivisionByZero, isOfStatement, isWorthAnotherTry, unavailable } from './problem';
import { insertRejections } from './rejections';
import type { ServerClock } from './server-clock';
import type { Session } from './session';
import { Transaction, Underway } from './transaction';
import type { Followed } from './transaction';
import { applyVerdicts } from './verdicts';

/** Deadlocks and the like: rare, and gone when the transaction is done again. */
const TRIES = 5;

/**
 * Holds the row of the instance; where it is gone, the division fails, and with it whatever was sent behind:
 * nobody has to wait for the answer.
 */
const HOLD = {
  name: 'hold-instance',
  text: `SELECT 1 / (SELECT count(*) FROM (SELECT 1 FROM instances WHERE id = $1 FOR KEY SHARE) held)`,
};

type Result = { readonly value: unknown } | { readonly error: unknown };

/**
 * Group commit on one connection: a round of calls is one transaction, and nobody is answered before it is
 * committed. A call that is refused fails alone; a statement that fails takes the round back, which is then
 * done again call by call, so that no half of an operation is ever committed.
 *
 * Each transaction holds the row of its instance: while it goes on, nobody can declare the instance dead,
 * and an instance that was declared dead can't write in its old name.
 */
export class Writer {
  readonly #membership: Membership;
  readonly #clock: ServerClock;
  readonly #logger: Logger;
  readonly #channel: string;
  /** As the server knows them whose connection this is. */
  readonly endpointIds = new EndpointIds();
  readonly #accepting = new Accepting(this.endpointIds);
  readonly #onTrouble: (error: unknown) => void;
  readonly #onCommit: (tx: Transaction) => void;
  /** Where some claim of this process looks at what others have in hand. */
  readonly #followed: Followed = { endpoints: new Set(), nodes: new Set() };
  /** There was something to tell, and nobody to be told. */
  hasWithheld = false;
  #session: Session | null = null;

  /** `onTrouble`: the server takes nothing. */
  constructor(
    membership: Membership,
    clock: ServerClock,
    channel: string,
    logger: Logger,
    onTrouble: (error: unknown) => void,
    onCommit: (tx: Transaction) => void,
  ) {
    this.#onTrouble = onTrouble;
    this.#onCommit = onCommit;
    this.#membership = membership;
    this.#clock = clock;
    this.#channel = channel;
    this.#logger = logger;
  }

  connect(session: Session): void {
    // Another server may answer at the same address, with other numbers for the same endpoints.
    this.endpointIds.forget();
    this.#session = session;
  }

  /**
   * In a transaction of its own, which nobody waits for: the commits of those that notify wait for each other,
   * with the disk. Where the process dies before, others look by themselves, and again when they bury it.
   */
  #wakeOthers(): void {
    this.hasWithheld = !this.#membership.hasOthers;
    if (!this.hasWithheld) this.tellOthers(String(this.#membership.id));
  }

  /** Never within a transaction. */
  tellOthers(what: string): void {
    const notify = `SET LOCAL synchronous_commit TO off; NOTIFY ${this.#channel}, '${what}'`;
    this.#session?.script(notify).catch(() => undefined);
  }

  /** Settles each of the calls; never rejects. */
  async round(calls: readonly Call[]): Promise<void> {
    try {
      const results = await this.#untilDone(calls);
      calls.forEach((call, at) => settle(call, results[at]));
    } catch (error) {
      if (calls.length > 1 && isOfStatement(error)) {
        for (const call of calls) await this.round([call]);
        return;
      }
      if (!isOfStatement(error)) this.#onTrouble(error);
      const why = unavailable(error);
      for (const call of calls) call.reject(why);
    }
  }

  async #untilDone(calls: readonly Call[]): Promise<Result[]> {
    for (let tries = 1; ; tries++) {
      try {
        return await this.#transaction(calls);
      } catch (error) {
        const again = error instanceof Fenced || isWorthAnotherTry(error);
        if (!again || tries >= TRIES) throw error;
        if (error instanceof Fenced) await this.#rejoin();
      }
    }
  }

  async #transaction(calls: readonly Call[]): Promise<Result[]> {
    const session = this.#session;
    if (session === null)
      throw new WebhookError('store-unavailable', 'The history is not open yet.');
    const me = this.#membership.id;
    session.script('BEGIN').catch(() => undefined);
    const tx = new Transaction(session, me, this.#clock.now(), this.#followed);
    tx.write(HOLD, [me]);
    try {
      const results = await this.#apply(tx, calls);
      await tx.commit();
      const answers = await Promise.all(results.map(arrived));
      if (tx.wakes) this.#wakeOthers();
      this.#onCommit(tx);
      return answers;
    } catch (thrown) {
      // What was remembered of this transaction is taken back with it.
      this.endpointIds.forget();
      const error = await tx.takeBack(thrown);
      throw isDivisionByZero(error) ? new Fenced() : error;
    }
  }

  /**
   * In the order of the calls, but that between two that stand alone the ends of attempts come before what
   * is new: nothing new can be about those, and each kind becomes one statement.
   */
  async #apply(tx: Transaction, calls: readonly Call[]): Promise<Result[]> {
    const results = new Map<Call, Result>();
    let stretch: Call[] = [];
    for (const call of calls) {
      if (call.task.kind !== 'alone') {
        stretch.push(call);
        continue;
      }
      await this.#stretch(tx, stretch, results);
      stretch = [];
      const { run } = call.task;
      results.set(call, await refusable(() => run(tx)));
    }
    await this.#stretch(tx, stretch, results);
    return calls.map((call) => results.get(call) ?? { value: undefined });
  }

  async #stretch(
    tx: Transaction,
    calls: readonly Call[],
    results: Map<Call, Result>,
  ): Promise<void> {
    const verdicts = this.#verdicts(tx, calls, results);
    // What it reads is asked for at the same time, and what it writes is written after that of the verdicts.
    await Promise.all([verdicts, this.#accept(tx, calls, results, verdicts)]);
    const rejections = calls.flatMap(({ task }) => (task.kind === 'reject' ? [task.reject] : []));
    if (rejections.length > 0) insertRejections(tx, rejections);
  }

  async #verdicts(
    tx: Transaction,
    calls: readonly Call[],
    results: Map<Call, Result>,
  ): Promise<void> {
    const of = calls.flatMap((call) =>
      call.task.kind === 'verdict' ? [{ call, verdict: call.task.verdict }] : [],
    );
    if (of.length === 0) return;
    const applied = await applyVerdicts(
      tx,
      of.map(({ verdict }) => verdict),
    );
    of.forEach(({ call }, at) => results.set(call, applied[at] ?? { value: undefined }));
  }

  async #accept(
    tx: Transaction,
    calls: readonly Call[],
    results: Map<Call, Result>,
    before: Promise<void>,
  ): Promise<void> {
    const of = calls.flatMap((call) =>
      call.task.kind === 'accept' ? [{ call, accept: call.task.accept }] : [],
    );
    if (of.length === 0) return;
    const accepted = await this.#accepting.accept(
      tx,
      of.map(({ accept }) => accept),
      before,
    );
    of.forEach(({ call }, at) => results.set(call, { value: accepted[at] }));
  }

  /** Others took over what this instance had in hand: it goes on as a new one. */
  async #rejoin(): Promise<void> {
    if (this.#session === null) return;
    await this.#membership.join(this.#session);
    this.#logger.warn(REJOINED);
  }
}

/** The row of this instance is gone: its lease ended, and another one took over. */
class Fenced extends Error {}

async function arrived(result: Result): Promise<Result> {
  if (!('value' in result) || !(result.value instanceof Underway)) return result;
  return { value: await (result.value as Underway<unknown>).answer };
}

/** A refusal is a result: it came before anything was written. Any other error ends the round. */
async function refusable(run: () => Promise<unknown>): Promise<Result> {
  try {
    return { value: await run() };
  } catch (error) {
    if (error instanceof WebhookError) return { error };
    throw error;
  }
}

function settle(call: Call, result: Result | undefined): void {
  if (result !== undefined && 'error' in result) call.reject(result.error);
  else call.resolve(result?.value as never);
}

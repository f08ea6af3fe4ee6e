import type { SharedRun, SharedRuns } from '../peers';
import type { CallQueue } from './call-queue';
import { clean } from './transaction';
import type { Transaction } from './transaction';

const ONE_BY_ONE = { text: 'LOCK TABLE shared_runs IN SHARE ROW EXCLUSIVE MODE' };
/** Of those that go on, each is told of every second. */
const LIVES = `told_at > now() - interval '10 s'`;
const BEGIN = {
  name: 'begin-run',
  text: `INSERT INTO shared_runs (id, told) SELECT $1, $2
    WHERE NOT EXISTS (SELECT 1 FROM shared_runs WHERE NOT is_over AND ${LIVES}) RETURNING id`,
};
const FORGET = {
  name: 'forget-runs',
  text: 'DELETE FROM shared_runs WHERE id IN (SELECT id FROM shared_runs ORDER BY id DESC OFFSET 20)',
};
const TELL = {
  name: 'tell-run',
  text: `UPDATE shared_runs SET told = $2, is_over = $3, told_at = now() WHERE id = $1
    RETURNING is_to_stop`,
};
const LIST = {
  name: 'list-runs',
  text: `SELECT id, told, extract(epoch FROM told_at)::float8 * 1000 AS "toldAtMs", ${LIVES} AS "isAlive"
    FROM shared_runs ORDER BY id DESC`,
};
const STOP = {
  name: 'stop-run',
  text: `UPDATE shared_runs SET is_to_stop = true WHERE id = $1 AND NOT is_over AND ${LIVES} RETURNING id`,
};

/** The runs of all instances: whoever does one looks whether it is to stop each time that it tells of it. */
export class ClusterRuns implements SharedRuns {
  readonly #queue: CallQueue;

  constructor(queue: CallQueue) {
    this.#queue = queue;
  }

  begin(id: string, told: string): Promise<boolean> {
    return this.#alone(async (tx) => {
      tx.write(ONE_BY_ONE, []);
      const rows = await tx.query(BEGIN, [id, clean(told)]);
      tx.write(FORGET, []);
      return rows.length > 0;
    });
  }

  tell(id: string, told: string, isOver: boolean): Promise<boolean> {
    return this.#alone(async (tx) => {
      const [row] = await tx.query<{ is_to_stop: boolean }>(TELL, [id, clean(told), isOver]);
      return row?.is_to_stop === true;
    });
  }

  list(): Promise<readonly SharedRun[]> {
    return this.#alone((tx) => tx.query<SharedRun>(LIST, []));
  }

  stop(id: string): Promise<boolean> {
    return this.#alone(async (tx) => (await tx.query(STOP, [id])).length > 0);
  }

  #alone<Result>(run: (tx: Transaction) => Promise<Result>): Promise<Result> {
    return this.#queue.call<Result>({ kind: 'alone', run }, { isSolo: true });
  }
}

import assert from 'node:assert/strict';
import { EVENT_TRANSITIONS, JOB_TRANSITIONS } from '../../../src/events/states';
import { isOfTheTest } from './steps';
import { apart, type World } from './world';

const FINAL = ['success', 'failed', 'ignored'];
const IS_OPEN = "state IN ('waiting', 'running', 'exhausting')";
const MOST_DEATHS = 3;
const DRAIN_ROUNDS = 400;
const DRAIN_STEP_MS = 5_000;

interface EventRow {
  readonly id: string;
  readonly status: string;
  readonly outcome: string | null;
  readonly reason: string | null;
  readonly unfinished: number;
  /** Jobs of the latest hand-over that are open, that were lost, that are of an earlier one and open. */
  readonly open: number;
  readonly lost: number;
  readonly jobs: number;
  readonly stale: number;
}

const EVENTS = `SELECT id, status, outcome, reason, unfinished,
  (SELECT COUNT(*) FROM retry_jobs j WHERE event_seq = e.seq AND event_attempt = e.attempt
    AND ${IS_OPEN}) AS open,
  (SELECT COUNT(*) FROM retry_jobs j WHERE event_seq = e.seq AND event_attempt = e.attempt
    AND state IN ('exhausted', 'cancelled')) AS lost,
  (SELECT COUNT(*) FROM retry_jobs j WHERE event_seq = e.seq AND event_attempt = e.attempt
    AND state <> 'superseded') AS jobs,
  (SELECT COUNT(*) FROM retry_jobs j WHERE event_seq = e.seq AND event_attempt < e.attempt
    AND ${IS_OPEN}) AS stale
  FROM events e`;

/** Only transitions of the tables. Returns those that were taken since the last call. */
export function checkTransitions(world: World): string[] {
  const tables = { event: EVENT_TRANSITIONS, job: JOB_TRANSITIONS };
  return world.takeChanges().map(({ kind, before, after }) => {
    const table: Readonly<Record<string, readonly string[]>> = tables[kind];
    assert.ok(table[before]?.includes(after), `a ${before} ${kind} became ${after}`);
    return `${kind} ${before} > ${after}`;
  });
}

/** What holds between two commits, and where nothing is on its way. */
export function checkAtRest(world: World): void {
  for (const event of world.disk.rows<EventRow>(EVENTS)) {
    const says = JSON.stringify(event);
    assert.equal(event.stale, 0, `redelivery supersedes open jobs: ${says}`);
    assert.ok(event.unfinished <= MOST_DEATHS, says);
    if (event.status === 'retrying') assert.ok(event.open > 0, `nothing to retry: ${says}`);
    if (event.open > 0) assert.ok(['retrying', 'pending'].includes(event.status), says);
    if (FINAL.includes(event.status)) assert.equal(event.status, finalStatus(world, event), says);
  }
  const [worst] = world.disk.rows<{ most: number | null }>(
    'SELECT MAX(unfinished) AS most FROM retry_jobs',
  );
  assert.ok((worst?.most ?? 0) <= MOST_DEATHS, 'jobs die three times at most');
  checkParked(world);
}

/** Rules 1, 3 and 8: how an event ends follows from its latest attempt and the jobs of that. */
function finalStatus(world: World, { id, outcome, reason, lost, jobs }: EventRow): string {
  if (reason === 'discarded') return 'failed';
  const scope = world.process.flow.scopes.findLast(
    ({ kind, owner, result }) => kind === 'delivery' && owner?.eventId === id && result !== null,
  );
  if (world.deaths(id) === MOST_DEATHS) {
    assert.equal(reason, 'crashed the runtime');
    return 'failed';
  }
  // After a death only the store knows how the attempt had ended.
  const ended = scope?.result?.outcome ?? outcome;
  assert.equal(outcome, ended, `the outcome of the latest attempt of ${id}`);
  if (lost > 0 || ended === 'failed') return 'failed';
  return ended === 'ignored' && jobs === 0 ? 'ignored' : 'success';
}

/** Rule 1: once its first try has ended, a retry node does not hold up the attempt outside. */
function checkParked(world: World): void {
  for (const task of world.process.flow.tasks) {
    if (task.child === null || isOfTheTest(task) || !task.scope.isLiving) continue;
    const outcome = task.child.result?.outcome ?? 'interrupted';
    assert.equal(outcome, 'interrupted', `${task.node.id} holds a message that has been tried`);
  }
}

/** Lets everything come to its end: the flow works, time passes, nobody interferes. */
export async function drain(world: World): Promise<void> {
  for (let round = 0; round < DRAIN_ROUNDS; round++) {
    await world.settle();
    checkAtRest(world);
    const { flow } = world.process;
    const tasks = flow.tasks.filter(isOfTheTest);
    const open = world.disk.rows(`SELECT id FROM events WHERE status NOT IN (?, ?, ?)`, ...FINAL);
    if (tasks.length === 0 && open.length === 0) return;
    for (const task of tasks) {
      const isExplicit = task.scope.options.outcome === 'explicit' && task.scope.isOpen;
      const ending = isExplicit
        ? ({ how: 'verdict', says: 'success' } as const)
        : ({ how: 'done' } as const);
      await apart(() => flow.end(task, ending));
    }
    await world.settle();
    await world.wait(DRAIN_STEP_MS);
  }
  assert.fail(`It does not come to an end: ${JSON.stringify(world.disk.rows(EVENTS))}`);
}

/** Rule 2 of the promise: what was acknowledged is there, and has ended; nothing is left to do. */
export function checkDrained(world: World): void {
  const ids = new Map(world.disk.rows<EventRow>(EVENTS).map((row) => [row.id, row]));
  for (const id of world.acknowledged) {
    assert.ok(FINAL.includes(ids.get(id)?.status ?? 'lost'), `${id}: ${ids.get(id)?.status}`);
  }
  assert.deepEqual(world.disk.rows(`SELECT id FROM retry_jobs WHERE ${IS_OPEN}`), []);
  checkJobs(world);
}

interface JobRow {
  readonly id: string;
  readonly state: string;
  readonly attempts: number;
  readonly reason: string | null;
  /** How the last try of it ended. */
  readonly last: string | null;
  /** Tries that the process did not survive: the last one is made again. */
  readonly crashed: number;
}

function checkJobs(world: World): void {
  const jobs = world.disk.rows<JobRow>(
    `SELECT id, state, attempts, reason, (SELECT outcome FROM attempts a
       WHERE a.job_id = j.id AND kind = 'retry' ORDER BY place DESC LIMIT 1) AS last,
       (SELECT COUNT(*) FROM attempts a WHERE a.job_id = j.id AND outcome = 'crashed') AS crashed
     FROM retry_jobs j`,
  );
  for (const job of jobs) {
    const says = JSON.stringify(job);
    const most = world.settings.maxRetries + 1;
    assert.ok(job.attempts - job.crashed <= most, says);
    if (job.state === 'done') assert.ok(job.last === 'success' || job.last === 'ignored', says);
    if (job.state === 'exhausted' && job.reason === 'attempts') {
      assert.ok(job.attempts >= most, says);
    }
    if (job.state === 'exhausted' && job.reason !== 'crashed')
      assert.equal(job.last, 'failed', says);
  }
}

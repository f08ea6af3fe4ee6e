import { Work } from './work';
import { arrivalKey, endKey } from './work-rows';
import type { EventEntry, JobEntry } from './work-rows';
import type { Loaded } from './work';
import { isLiving } from '../attempt-rules';
import type { AttemptArgs } from '../rows';
import type { JobState } from '../states';
import type { Transaction } from './transaction';
import type { ParkArgs } from './work-rows';

export const EVENT_HEAD = `seq, id, endpoint_id, status, reason, outcome, attempt, unfinished, owner, parked,
  (SELECT key FROM endpoints WHERE endpoints.id = endpoint_id) AS endpoint`;
export const JOB_HEAD = `seq, id, event_seq, event_attempt, state, held, attempts, unfinished, due_at,
  last_error, reason, owner, node_id`;

/** In the order of their numbers: two transactions that lock the same rows don't wait for each other in a ring. */
const EVENTS_BY_ID = {
  name: 'lock-events',
  text: `SELECT ${EVENT_HEAD} FROM events WHERE id = ANY($1::text[]) ORDER BY seq FOR NO KEY UPDATE`,
};
const EVENTS_WITH_JOBS = {
  name: 'lock-events-of-jobs',
  text: `SELECT ${EVENT_HEAD} FROM events WHERE seq IN (
      SELECT seq FROM events WHERE id = ANY($1::text[])
      UNION SELECT event_seq FROM retry_jobs WHERE id = ANY($2::text[]) AND event_seq IS NOT NULL)
    ORDER BY seq FOR NO KEY UPDATE`,
};
const JOBS = {
  name: 'lock-jobs',
  text: `SELECT ${JOB_HEAD} FROM retry_jobs WHERE id = ANY($1::text[]) ORDER BY seq FOR NO KEY UPDATE`,
};
const OPEN_JOBS_OF = {
  name: 'lock-open-jobs',
  text: `SELECT ${JOB_HEAD} FROM retry_jobs
    WHERE event_seq = ANY($1::bigint[]) AND state IN ('waiting', 'running', 'exhausting')
    ORDER BY seq FOR NO KEY UPDATE`,
};
const COUNTS = {
  name: 'count-jobs',
  text: `SELECT j.event_seq, j.state, count(*)::int AS n FROM retry_jobs j
    JOIN events e ON e.seq = j.event_seq AND e.attempt = j.event_attempt
    WHERE j.event_seq = ANY($1::bigint[]) GROUP BY 1, 2`,
};
const ENDS = {
  name: 'known-ends',
  text: `SELECT event_seq, number, started_at, outcome FROM attempts
    WHERE event_seq = ANY($1::bigint[]) AND job_id IS NULL`,
};
const ARRIVALS = {
  name: 'known-arrivals',
  text: `SELECT j.id, e.id AS event_id, j.event_attempt, j.arrival, j.node_id
    FROM retry_jobs j LEFT JOIN events e ON e.seq = j.event_seq
    WHERE j.event_seq = ANY($1::bigint[]) OR j.id = ANY($2::text[])`,
};

/** What the calls of a stretch are about. */
export interface Needs {
  readonly eventIds: readonly string[];
  readonly jobIds: readonly string[];
  /** Of these events all open jobs. */
  readonly openJobsOf: readonly string[];
  /** Ends of attempts that may be repetitions. */
  readonly ends: readonly { readonly eventId: string; readonly attempt: AttemptArgs }[];
  readonly parks: readonly ParkArgs[];
}

/** Locks the rows; what a rule may ask for is there when it asks. */
export async function loadWork(tx: Transaction, needs: Needs): Promise<Work> {
  const { eventIds, jobIds } = needs;
  const events =
    jobIds.length === 0
      ? await tx.query<EventEntry>(EVENTS_BY_ID, [eventIds])
      : await tx.query<EventEntry>(EVENTS_WITH_JOBS, [eventIds, jobIds]);
  const jobs = await loadJobs(tx, needs, events);
  const counted = events.filter(({ parked }) => parked > 0).map(({ seq }) => seq);
  const counts =
    counted.length === 0
      ? []
      : await tx.query<{ event_seq: number; state: JobState; n: number }>(COUNTS, [counted]);
  return new Work(tx, { events, jobs, counts, known: await loadKnown(tx, needs, events) });
}

/** Of rows that are locked already. */
export async function workOn(
  tx: Transaction,
  events: readonly EventEntry[],
  jobs: readonly JobEntry[],
): Promise<Work> {
  const seqs = events.map(({ seq }) => seq);
  const counts: Loaded['counts'] = seqs.length === 0 ? [] : await tx.query(COUNTS, [seqs]);
  return new Work(tx, { events, jobs, counts, known: new Set() });
}

async function loadJobs(
  tx: Transaction,
  { jobIds, openJobsOf }: Needs,
  events: readonly EventEntry[],
): Promise<JobEntry[]> {
  const jobs = jobIds.length === 0 ? [] : await tx.query<JobEntry>(JOBS, [jobIds]);
  const seqs = events.filter(({ id }) => openJobsOf.includes(id)).map(({ seq }) => seq);
  if (seqs.length > 0) jobs.push(...(await lockOpenJobs(tx, seqs)));
  return jobs;
}

export function lockOpenJobs(tx: Transaction, eventSeqs: readonly number[]): Promise<JobEntry[]> {
  return tx.query<JobEntry>(OPEN_JOBS_OF, [eventSeqs]);
}

async function loadKnown(
  tx: Transaction,
  { ends, parks }: Needs,
  events: readonly EventEntry[],
): Promise<Set<string>> {
  const known = new Set<string>();
  const byId = new Map(events.map((event) => [event.id, event]));
  const late = ends.flatMap(({ eventId, attempt }) => {
    const event = byId.get(eventId);
    return event === undefined || isLiving(event, attempt) ? [] : [event.seq];
  });
  if (late.length > 0) {
    type End = { event_seq: number; number: number; started_at: number; outcome: string };
    for (const row of await tx.query<End>(ENDS, [late])) {
      const { event_seq, number, started_at, outcome } = row;
      known.add(endKey(event_seq, ['', number, started_at, 0, outcome, null, '']));
    }
  }
  for (const key of await knownArrivals(tx, parks, byId)) known.add(key);
  return known;
}

async function knownArrivals(
  tx: Transaction,
  parks: readonly ParkArgs[],
  events: ReadonlyMap<string, EventEntry>,
): Promise<string[]> {
  const seqs = parks.flatMap(({ job }) => events.get(job.eventId ?? '') ?? []);
  const loose = parks.flatMap(({ job }) => (job.eventId === null ? [job.id] : []));
  const parked = seqs.map(({ seq }) => seq);
  if (parked.length + loose.length === 0) return [];
  type Arrival = {
    id: string;
    event_id: string | null;
    event_attempt: number;
    arrival: number;
    node_id: string;
  };
  const rows = await tx.query<Arrival>(ARRIVALS, [parked, loose]);
  return rows.map(({ id, event_id, event_attempt, arrival, node_id }) =>
    arrivalKey({ id, eventId: event_id, eventAttempt: event_attempt, arrival, nodeId: node_id }),
  );
}

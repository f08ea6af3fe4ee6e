import type { DatabaseSync } from 'node:sqlite';
import { MinuteCounts } from '../minute-counts';
import { attemptTotal, Totals } from '../totals';
import { AttemptTable } from './attempt-table';
import { BodyTable } from './bodies';
import { DedupTable } from './dedup';
import { EndpointTable } from './endpoints';
import { EventTable } from './event-table';
import { JobQueue } from './job-queue';
import { JobTable } from './job-table';
import { RejectionTable } from './rejections';
import { Repeats } from './repeats';
import { SecretTimes } from './secret-times';
import { SyncTable } from './sync-table';
import { Tally } from './tally';
import { TextParts } from './text-parts';

/** The writer's tables, each with its prepared statements. */
export class Tables {
  readonly tally: Tally;
  readonly activity = new MinuteCounts();
  readonly totals = new Totals();
  readonly endpoints: EndpointTable;
  readonly events: EventTable;
  readonly bodies: BodyTable;
  readonly attempts: AttemptTable;
  readonly jobs: JobTable;
  readonly queue: JobQueue;
  readonly dedup: DedupTable;
  readonly repeats: Repeats;
  readonly rejections: RejectionTable;
  readonly secretTimes: SecretTimes;
  readonly syncs: SyncTable;
  readonly texts: TextParts;

  constructor(db: DatabaseSync) {
    this.tally = new Tally(db);
    this.endpoints = new EndpointTable(db);
    this.events = new EventTable(db, this.tally, {
      happened: (endpointId, kind, atMs) =>
        this.activity.add(this.endpoints.key(endpointId), kind, atMs),
      count: (endpointId, total) => this.totals.add(this.endpoints.key(endpointId), total),
    });
    this.bodies = new BodyTable(db);
    this.attempts = new AttemptTable(db, (endpointId, attempt) =>
      this.totals.add(this.endpoints.key(endpointId), attemptTotal(attempt)),
    );
    this.jobs = new JobTable(db, this.tally);
    this.queue = new JobQueue(db);
    this.dedup = new DedupTable(db);
    this.repeats = new Repeats(db);
    this.rejections = new RejectionTable(db, this.tally, this.activity);
    this.secretTimes = new SecretTimes(db);
    this.syncs = new SyncTable(db);
    this.texts = new TextParts(db);
  }
}

import { FirstAttempts } from './first-attempts';
import type { FlowMessage } from './flow-hooks';
import { RetryJobs } from './retry-jobs';
import type { RetrySettings, RetryTools } from './retry-settings';

/** What a retry node does: tries each message, parks what failed, and tries that again when it is due. */
export class RetryRunner {
  readonly #jobs: RetryJobs;
  readonly #first: FirstAttempts;
  #settings: RetrySettings;

  constructor(settings: RetrySettings, tools: RetryTools) {
    this.#settings = settings;
    const current = (): RetrySettings => this.#settings;
    this.#jobs = new RetryJobs(current, tools);
    this.#first = new FirstAttempts(current, tools, this.#jobs);
  }

  configure(settings: RetrySettings): void {
    this.#settings = settings;
  }

  /** The flows run. */
  open(): void {
    this.#first.open();
    this.#jobs.open();
  }

  /** The flows are being stopped: nothing new is started. */
  close(): void {
    this.#first.close();
    this.#jobs.close();
  }

  /** Jobs may be due that this runner does not know of. */
  wake(): void {
    this.#jobs.wake();
  }

  /** A job was ended in the store, by a user. */
  jobEnded(jobId: string): void {
    this.#jobs.ended(jobId);
  }

  get idle(): boolean {
    return this.#jobs.running === 0 && this.#first.waiting === 0;
  }

  /** A message arrived at the node. `done` is called once it succeeded or is parked. */
  receive(msg: FlowMessage, done: (error?: unknown) => void): void {
    this.#first.receive(msg, done);
  }
}

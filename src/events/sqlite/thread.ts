import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { errorText, WebhookError } from '../../shared/errors';
import { StoreUnavailable } from '../store-problem';
import type { StoreProblem, StoreProblemKind } from '../store-problem';
import type { ErrorCode } from '../../shared/errors';
import type { Logger } from '../../shared/logger';
import type { RecoveryReport, RetentionLimits } from '../event-store';
import type { Channel } from './channel';
import type { Damage } from './open-database';
import type { FromWorker, WorkerSettings } from './protocol';

const FIRST_RESTART_MS = 100;
const LONGEST_RESTART_MS = 10_000;

export type StartWorker = (settings: WorkerSettings) => Worker;

/** Node 22 calls `node:sqlite` experimental at each start: not in the log of a Node-RED. */
export const startWorker: StartWorker = (settings) =>
  new Worker(join(__dirname, 'worker.js'), {
    workerData: settings,
    execArgv: ['--disable-warning=ExperimentalWarning'],
    name: 'webhook-history',
  });

export interface ThreadOptions {
  readonly settings: Omit<WorkerSettings, 'inHand'>;
  readonly channel: Channel;
  readonly logger: Logger;
  readonly startWorker: StartWorker;
  /** What this process has in its hands: a new thread leaves it alone. */
  readonly inHand: () => NonNullable<WorkerSettings['inHand']>;
  readonly onRestart: (report: RecoveryReport) => void;
  /** The file was found damaged after it was opened: it was set aside, and a new one is used. */
  readonly onDamage: (damage: Damage) => void;
  /** What keeps it from storing, while it is being opened and while it is open; null: nothing any more. */
  readonly onTrouble: (problem: StoreProblem | null) => void;
}

/**
 * Keeps the store's thread alive: when it dies, what waits is rejected and a new one is started, later
 * with each failure in a row.
 */
export class StoreThread {
  readonly #options: ThreadOptions;
  /** What a new thread is told to keep. */
  retention: RetentionLimits;
  #worker: Worker;
  #restartMs = FIRST_RESTART_MS;
  #timer: NodeJS.Timeout | null = null;
  #ended = false;
  /** Why the present thread could not open the file. */
  #refusal: StoreProblem | null = null;
  #opened: {
    resolve: (damage: Damage | null) => void;
    reject: (error: Error) => void;
  } | null = null;

  /** What was wrong with the file; resolves once the database is open. Rejects: it can't be opened. */
  readonly opened: Promise<Damage | null>;

  constructor(options: ThreadOptions) {
    this.#options = options;
    this.retention = options.settings.retention;
    this.opened = new Promise((resolve, reject) => {
      this.#opened = { resolve, reject };
    });
    this.#worker = this.#start(null);
  }

  /** No new thread after this. Resolves when the present one has ended. */
  async end(how: 'by itself' | 'at once'): Promise<void> {
    this.#ended = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    if (how === 'by itself' && this.#worker.threadId !== -1) {
      await new Promise((resolve) => this.#worker.once('exit', resolve));
    } else await this.#worker.terminate();
    this.#options.channel.disconnect('The history is closed.');
  }

  #start(inHand: WorkerSettings['inHand']): Worker {
    const { file } = this.#options.settings;
    const worker = this.#options.startWorker({ file, retention: this.retention, inHand });
    let why = 'its thread ended';
    this.#refusal = null;
    worker.on('message', (message: FromWorker) => this.#hear(worker, message));
    worker.on('error', (error) => (why = errorText(error)));
    worker.on('exit', () => this.#exited(worker, why));
    return worker;
  }

  #hear(worker: Worker, message: FromWorker): void {
    const { channel, logger, settings } = this.#options;
    switch (message.kind) {
      case 'replies':
        return channel.answer(message.replies);
      case 'log':
        return logger[message.level](message.text);
      case 'waiting':
        return this.#waits(`${settings.file} is in use by another process`);
      case 'trouble':
        return this.#trouble(message.problem);
      case 'refused':
        return this.#refused(message.code as ErrorCode, message.text, message.problem);
      case 'ready':
        channel.connect((batch, transfer) => worker.postMessage(batch, transfer));
        this.#ready(message.report, message.damage);
    }
  }

  #waits(text: string): void {
    this.#options.logger.warn(`${text}: waiting until that one ends.`);
    this.#options.onTrouble({ kind: 'locked', text });
  }

  #trouble(problem: StoreProblem | null): void {
    const { logger, onTrouble } = this.#options;
    if (problem === null) logger.info('The history can be written again.');
    else logger.error(`The history cannot be written: ${problem.text}.`);
    onTrouble(problem);
  }

  #ready(report: RecoveryReport, damage: Damage | null): void {
    const { onRestart, onDamage, onTrouble } = this.#options;
    this.#restartMs = FIRST_RESTART_MS;
    onTrouble(null);
    if (this.#opened === null) {
      if (damage !== null) onDamage(damage);
      onRestart(report);
    }
    this.#opened?.resolve(damage);
    this.#opened = null;
  }

  /** At the first start: whoever opens the store is told. Later: the next try may do better. */
  #refused(code: ErrorCode, text: string, kind: StoreProblemKind): void {
    this.#options.logger.error(`The history cannot be opened: ${text}`);
    this.#refusal = { kind, text };
    if (this.#opened === null) return;
    this.#ended = true;
    const isKnown = code === 'store-unavailable';
    this.#opened.reject(isKnown ? new StoreUnavailable(kind, text) : new WebhookError(code, text));
    this.#opened = null;
  }

  #exited(worker: Worker, why: string): void {
    const { channel, logger, inHand, onTrouble } = this.#options;
    if (worker !== this.#worker || this.#ended) return;
    logger.error(`The history's thread died and is started again: ${why}`);
    channel.disconnect(`The history's thread died: ${why}`);
    onTrouble(this.#refusal ?? { kind: 'restarting', text: why });
    this.#timer = setTimeout(() => {
      const reopening = this.#opened !== null;
      this.#worker = this.#start(reopening ? null : inHand());
    }, this.#restartMs);
    this.#restartMs = Math.min(this.#restartMs * 2, LONGEST_RESTART_MS);
  }
}

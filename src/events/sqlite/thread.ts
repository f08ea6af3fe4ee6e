import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { errorText, WebhookError } from '../../shared/errors';
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
        logger.warn(`${settings.file} is in use by another process: waiting until that one ends.`);
        return;
      case 'refused':
        return this.#refused(message.code as ErrorCode, message.text);
      case 'ready':
        channel.connect((batch, transfer) => worker.postMessage(batch, transfer));
        this.#ready(message.report, message.damage);
    }
  }

  #ready(report: RecoveryReport, damage: Damage | null): void {
    const { onRestart, onDamage } = this.#options;
    this.#restartMs = FIRST_RESTART_MS;
    if (this.#opened === null) {
      if (damage !== null) onDamage(damage);
      onRestart(report);
    }
    this.#opened?.resolve(damage);
    this.#opened = null;
  }

  /** At the first start: whoever opens the store is told. Later: the next try may do better. */
  #refused(code: ErrorCode, text: string): void {
    this.#options.logger.error(`The history cannot be opened: ${text}`);
    if (this.#opened === null) return;
    this.#ended = true;
    this.#opened.reject(new WebhookError(code, text));
    this.#opened = null;
  }

  #exited(worker: Worker, why: string): void {
    const { channel, logger, inHand } = this.#options;
    if (worker !== this.#worker || this.#ended) return;
    logger.error(`The history's thread died and is started again: ${why}`);
    channel.disconnect(`The history's thread died: ${why}`);
    this.#timer = setTimeout(() => {
      const reopening = this.#opened !== null;
      this.#worker = this.#start(reopening ? null : inHand());
    }, this.#restartMs);
    this.#restartMs = Math.min(this.#restartMs * 2, LONGEST_RESTART_MS);
  }
}

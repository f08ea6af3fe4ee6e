import { closeSync, fdatasync, openSync } from 'node:fs';
import type { Reply } from './protocol';

/**
 * Holds the answers to committed rounds back until the disk has them, and sends them in their order.
 *
 * Small rounds are committed with `synchronous=FULL`: SQLite waits. Large ones come when requests queue
 * up: those are committed with NORMAL and synced from here, on a descriptor of our own, so that the next
 * round is done while the disk still works on the last. A sync covers what was committed before it began.
 *
 * Opening the WAL beside SQLite is safe: its locks are on the database and on its -shm file, and WAL
 * frames need no other order than the one in which they are written (sqlite.org/walformat.html).
 */
export class Acknowledgements {
  readonly #file: string;
  readonly #send: (replies: readonly Reply[]) => void;
  readonly #onSync: (error: Error | null) => void;
  #fd: number | null = null;
  #held: Reply[] = [];
  /** How many of them the sync that is under way covers. */
  #covered = 0;
  #syncing = false;
  #closed = false;

  /** `onSync`: what was held has been sent - or the disk refused, and nobody can say what it has. */
  constructor(
    databaseFile: string,
    send: (replies: readonly Reply[]) => void,
    onSync: (error: Error | null) => void,
  ) {
    this.#file = `${databaseFile}-wal`;
    this.#send = send;
    this.#onSync = onSync;
  }

  get syncing(): boolean {
    return this.#syncing;
  }

  /** Answers of a round that was committed; `durable`: with it, all before it are on disk. */
  hold(replies: readonly Reply[], durable: boolean): void {
    this.#held.push(...replies);
    if (durable) this.#release(this.#held.length);
    else if (!this.#syncing) this.#sync();
  }

  /** Nothing is held any more, and nothing will be. */
  close(): void {
    this.#closed = true;
    if (!this.#syncing && this.#fd !== null) closeSync(this.#fd);
  }

  #release(count: number): void {
    this.#covered = 0;
    if (count > 0) this.#send(this.#held.splice(0, count));
  }

  #sync(): void {
    const fd = (this.#fd ??= openSync(this.#file, 'r'));
    this.#covered = this.#held.length;
    this.#syncing = true;
    fdatasync(fd, (error) => {
      this.#syncing = false;
      if (this.#closed) {
        closeSync(fd);
        return;
      }
      if (error === null) this.#release(this.#covered);
      if (error === null && this.#held.length > 0) this.#sync();
      this.#onSync(error);
    });
  }
}

import { errorText } from '../../shared/errors';
import { problemKind, StoreUnavailable } from '../store-problem';
import type { StoreProblem, StoreProblemKind } from '../store-problem';
import { isFull, resultCode } from './database';

/** SQLite's primary result codes (sqlite.org/rescode.html). */
const OF_SQLITE: Readonly<Record<number, StoreProblemKind>> = {
  3: 'noAccess',
  5: 'locked',
  6: 'locked',
  7: 'noMemory',
  8: 'fileReadOnly',
  10: 'diskError',
  13: 'diskFull',
  14: 'cannotOpen',
  23: 'noAccess',
};

const OF_SYSTEM: Readonly<Record<string, StoreProblemKind>> = {
  EACCES: 'noAccess',
  EPERM: 'noAccess',
  EROFS: 'fileReadOnly',
  ENOSPC: 'diskFull',
  EDQUOT: 'diskFull',
  EIO: 'diskError',
  ENOENT: 'cannotOpen',
  ENOTDIR: 'cannotOpen',
  EISDIR: 'cannotOpen',
  EEXIST: 'cannotOpen',
};

/** Which kind of problem SQLite or the file system reports. */
export function kindOf(error: unknown): StoreProblemKind {
  if (error instanceof StoreUnavailable) return problemKind(error);
  const result = resultCode(error);
  if (result !== undefined) return OF_SQLITE[result] ?? 'other';
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return (Object.hasOwn(OF_SYSTEM, code) ? OF_SYSTEM[code] : undefined) ?? 'other';
}

/** After a write that failed, one that works ends the problem if it is as large, or as late as this. */
const REMEMBERED_MS = 30_000;

/** Whether what is to be written is refused by the disk: not each small write that still fits means that it is not. */
export class WriteTrouble {
  #problem: StoreProblem | null = null;
  #bytes = 0;
  #failedAtMs = 0;

  get problem(): StoreProblem | null {
    return this.#problem;
  }

  /** `isCeiling`: the file has reached its own bound. What is the fault of the write itself is no trouble. */
  failed(error: unknown, bytes: number, nowMs: number, isCeiling: () => boolean): void {
    const kind = isFull(error) && isCeiling() ? 'sizeReached' : kindOf(error);
    if (kind === 'other') return;
    if (this.#problem?.kind !== kind) this.#problem = { kind, text: errorText(error) };
    this.#bytes = Math.max(this.#bytes, bytes);
    this.#failedAtMs = nowMs;
  }

  wrote(bytes: number, nowMs: number): void {
    if (this.#problem === null) return;
    if (bytes < this.#bytes && nowMs - this.#failedAtMs < REMEMBERED_MS) return;
    this.#problem = null;
    this.#bytes = 0;
  }
}

import { readFileSync } from 'node:fs';
import { isAbsolute, join, relative, resolve } from 'node:path';
import { isRecord, parseJson } from '../../../src/shared/json';
import { replaceFile } from './replace-file';

/**
 * The history files that may hold unfinished work, in `webhooks/histories.json` of the user directory:
 * a file that no node uses any more is still drained after a restart.
 */
export class RememberedHistories {
  readonly #userDir: string;
  readonly #file: string;
  readonly #files: Set<string>;
  #writing: Promise<void> = Promise.resolve();

  constructor(userDir: string) {
    this.#userDir = userDir;
    this.#file = join(userDir, 'webhooks', 'histories.json');
    const saved = parseJson(readText(this.#file));
    const files = isRecord(saved) && Array.isArray(saved.files) ? (saved.files as unknown[]) : [];
    const names = files.filter((name): name is string => typeof name === 'string');
    this.#files = new Set(names.map((name) => resolve(userDir, name)));
  }

  /** Absolute names. */
  files(): readonly string[] {
    return [...this.#files];
  }

  /** Rejects where the list can't be written. */
  add(file: string): Promise<void> {
    if (this.#files.has(file)) return this.#writing;
    this.#files.add(file);
    return this.#save();
  }

  /** Rejects where the list can't be written. */
  remove(file: string): Promise<void> {
    return this.#files.delete(file) ? this.#save() : this.#writing;
  }

  #save(): Promise<void> {
    const files = [...this.#files].map((file) => this.#portable(file));
    const text = `${JSON.stringify({ files }, null, 2)}\n`;
    const write = (): Promise<void> => replaceFile(this.#file, text);
    this.#writing = this.#writing.then(write, write);
    return this.#writing;
  }

  /** A user directory may be moved. */
  #portable(file: string): string {
    const below = relative(this.#userDir, file);
    return below.startsWith('..') || isAbsolute(below) ? file : below;
  }
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

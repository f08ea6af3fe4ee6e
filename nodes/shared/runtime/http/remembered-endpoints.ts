import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isRecord, parseJson } from '../../../../src/shared/json';
import { replaceFile } from '../replace-file';

/** An endpoint as it is known before the flows are there: no secrets. */
export interface RememberedEndpoint {
  readonly owner: string;
  readonly path: string;
  readonly methods: readonly string[];
}

/**
 * The endpoints of the last run, in `webhooks/endpoints.json` of the user directory: Node-RED listens
 * before its flows start, and a sender must not get 404 meanwhile.
 */
export class RememberedEndpoints {
  readonly #file: string;
  #written: string;
  #writing: Promise<void> = Promise.resolve();

  constructor(userDir: string) {
    this.#file = join(userDir, 'webhooks', 'endpoints.json');
    this.#written = readText(this.#file);
  }

  /** What the file holds; nothing where it is missing or not readable. */
  load(): RememberedEndpoint[] {
    const saved = parseJson(this.#written);
    const list = isRecord(saved) && Array.isArray(saved.endpoints) ? saved.endpoints : [];
    return list.filter(isRemembered);
  }

  /** Writes the set where it has changed; a crash leaves the old file or the new one. */
  save(endpoints: readonly RememberedEndpoint[]): Promise<void> {
    const text = `${JSON.stringify({ endpoints }, null, 2)}\n`;
    if (text === this.#written) return this.#writing;
    this.#written = text;
    const write = (): Promise<void> => replaceFile(this.#file, text);
    this.#writing = this.#writing.then(write, write);
    return this.#writing;
  }
}

function isRemembered(value: unknown): value is RememberedEndpoint {
  if (!isRecord(value) || typeof value.owner !== 'string' || typeof value.path !== 'string') {
    return false;
  }
  return (
    Array.isArray(value.methods) && value.methods.every((method) => typeof method === 'string')
  );
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

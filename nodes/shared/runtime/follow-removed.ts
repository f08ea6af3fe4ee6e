import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { NodeAPI } from 'node-red';
import { RemovedEndpoints, type RemovedSince } from '../../../src/delivery/removed-endpoints';
import { errorText } from '../../../src/shared/errors';
import { isRecord, parseJson } from '../../../src/shared/json';
import { replaceFile } from './replace-file';
import { userDirectory, webhooksRuntime } from './webhooks-runtime';

const LOOK_EVERY_MS = 3_600_000;
/** After a start: by then the stores are open, and endpoints know what they hold. */
const FIRST_LOOK_MS = 5000;

/** Looks after the events of removed endpoints while the flows run. */
export function followRemoved(RED: NodeAPI): void {
  const { clock, logger, pool, dispatchers } = webhooksRuntime(RED);
  const removed = new RemovedEndpoints({
    stores: () => pool.all(),
    routes: () => dispatchers.attached().flatMap((each) => each.routes),
    memory: memoryIn(join(userDirectory(RED), 'webhooks', 'removed-endpoints.json')),
    clock,
    logger,
  });
  let running = false;
  const look = (): void => {
    if (!running) return;
    removed.look().catch((thrown: unknown) => {
      logger.warn(`removed-endpoints.json was not written: ${errorText(thrown)}`);
    });
  };
  const lookAgain = (): void => {
    clock.after(LOOK_EVERY_MS, () => {
      look();
      lookAgain();
    });
  };
  lookAgain();
  RED.events.on('flows:stopping', () => (running = false));
  RED.events.on('flows:started', () => {
    running = true;
    clock.after(FIRST_LOOK_MS, look);
  });
}

function memoryIn(file: string): {
  load(): RemovedSince;
  save(since: RemovedSince): Promise<void>;
} {
  return {
    load: () => {
      const saved = parseJson(readText(file));
      const entries = isRecord(saved) ? Object.entries(saved) : [];
      return Object.fromEntries(
        entries.filter(([, since]) => typeof since === 'number'),
      ) as RemovedSince;
    },
    save: (since) => replaceFile(file, `${JSON.stringify(since, null, 2)}\n`),
  };
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

import { writeSync } from 'node:fs';
import { openSqliteStore } from '../../../src/events/sqlite/open';
import { silentLogger } from '../../../src/shared/logger';
import { anEvent } from '../../contract/event-store.fixtures';

/** A process of its own that holds a history, and where told to, writes until it is killed. */
const [file = '', task = 'hold'] = process.argv.slice(2);

async function run(): Promise<void> {
  const store = await openSqliteStore({
    file,
    logger: silentLogger,
    retention: { maxEvents: 100_000, maxAgeMs: null },
  });
  writeSync(1, 'open\n');
  if (task === 'write') await Promise.all(Array.from({ length: 8 }, () => writeForEver()));
  else setInterval(() => undefined, 1_000);

  async function writeForEver(): Promise<never> {
    for (;;) {
      const event = anEvent({ body: Buffer.from('x'.repeat(Math.random() * 20_000)) });
      await store.accept(event, { handOver: true, dedup: null });
      writeSync(1, `${event.id}\n`);
    }
  }
}

void run();

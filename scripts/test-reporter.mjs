// Node's spec report, and one rule of our own: a skipped or todo test fails the run.
import { spec as Spec } from 'node:test/reporters';

export default async function* report(source) {
  const spec = new Spec();
  let skipped = 0;
  const watched = (async function* () {
    for await (const event of source) {
      const { skip, todo } = event.data ?? {};
      if (event.type === 'test:pass' && (skip !== undefined || todo !== undefined)) skipped++;
      yield event;
    }
  })();
  yield* pipeThrough(watched, spec);
  if (skipped > 0) {
    process.exitCode = 1;
    yield `\n${skipped} test(s) were skipped: a skipped test fails the run.\n`;
  }
}

async function* pipeThrough(events, spec) {
  const { Readable } = await import('node:stream');
  yield* Readable.from(events).pipe(spec);
}

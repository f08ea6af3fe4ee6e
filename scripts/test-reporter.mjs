// Node's spec report, and rules of our own: a skipped or todo test fails the run, and so does a test
// file in which no test ran (Node calls a file that exits early a success). The slowest files stand at the end.
import { basename } from 'node:path';
import { Readable } from 'node:stream';
import { spec as Spec } from 'node:test/reporters';

/** How many of the slowest files are named. */
const SLOWEST = 15;

export default async function* report(source) {
  yield* Readable.from(withOwnRules(source)).pipe(new Spec());
}

/** Passes all events on; what our rules found stands before the summary, which stays last. */
async function* withOwnRules(source) {
  const broken = [];
  const files = [];
  for await (const event of source) {
    const { name, skip, todo } = event.data ?? {};
    if (event.type === 'test:pass' || event.type === 'test:fail') {
      if (skip !== undefined || todo !== undefined)
        broken.push(`"${name}" was skipped or is todo: a skipped test fails the run.`);
      else if (event.type === 'test:pass' && event.data.nesting === 0 && name.endsWith('.test.js'))
        broken.push(`No test ran in ${name}.`);
    }
    if (event.type === 'test:summary' && event.data.file !== undefined) files.push(event.data);
    if (isSummary(event)) for (const message of broken.splice(0)) yield complaint(message);
    yield event;
  }
  for (const message of broken) yield complaint(message);
  if (files.length > SLOWEST) yield diagnostic(`slowest files: ${slowest(files)}`);
}

function slowest(files) {
  const byTime = [...files].sort((a, b) => b.duration_ms - a.duration_ms).slice(0, SLOWEST);
  const seconds = ({ duration_ms }) => (duration_ms / 1000).toFixed(0);
  return byTime.map((file) => `${basename(file.file)} ${seconds(file)} s`).join(', ');
}

function diagnostic(message) {
  return { type: 'test:diagnostic', data: { nesting: 0, message, level: 'info' } };
}

function complaint(message) {
  process.exitCode = 1;
  return { type: 'test:diagnostic', data: { nesting: 0, message, level: 'error' } };
}

/** The first of the counting lines at the end. */
function isSummary(event) {
  return event.type === 'test:diagnostic' && /^tests \d+$/.test(event.data.message);
}

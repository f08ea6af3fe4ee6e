// Rows of a large SQLite history, written past the store into a file that the store has made.
import { DatabaseSync } from 'node:sqlite';
import { sampleEvent } from './sample-events.mjs';

export const START_MS = Date.parse('2026-01-01T00:00:00Z');

/**
 * Events of ten endpoints, one a second; one in a thousand failed, and the newest `pending` wait for their
 * turn. `newId`: that of src/shared/ids; `markOf`: a text that is to be in an event. How many bytes the texts have.
 */
export function fillHistory(file, events, newId, pending = 0, markOf = () => '') {
  const db = new DatabaseSync(file);
  db.exec('PRAGMA synchronous = OFF; BEGIN');
  for (let n = 0; n < 10; n++) db.exec(`INSERT INTO endpoints (key) VALUES ('/hooks/${n}')`);
  const event = db.prepare(
    `INSERT INTO events (id, endpoint_id, status, attempt, unfinished, received_at, updated_at, method,
       path, name, provider, event_type, delivery_id, scheme, secret, replay_of, flags, body_bytes)
     VALUES (?, ?, ?, ?, ?, ?, ?, 'POST', ?, ?, 'github', ?, ?, 'github', 'current', NULL, 0, ?)`,
  );
  const body = db.prepare('INSERT INTO bodies VALUES (?, ?, NULL, ?)');
  let bytes = 0;
  for (let n = 1; n <= events; n++) {
    const at = START_MS + n * 1000;
    const waits = n > events - pending;
    const ended = n % 1000 === 0 ? 'failed' : 'success';
    const status = waits ? 'pending' : ended;
    const attempt = waits ? 0 : 1;
    const path = `/hooks/${n % 10}`;
    const id = newId(at);
    const sample = sampleEvent(n, at, markOf(n));
    const request = JSON.stringify(sample.request);
    const content = Buffer.from(JSON.stringify(sample.body));
    bytes += request.length + content.length;
    event.run(
      ...[id, (n % 10) + 1, status, attempt, 0, at, at],
      ...[path, path, `type-${n % 100}`, id, content.length],
    );
    body.run(n, request, content);
  }
  db.exec('COMMIT');
  db.close();
  return bytes;
}

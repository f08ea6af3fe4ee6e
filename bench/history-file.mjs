// Rows of a large SQLite history, written past the store into a file that the store has made.
import { DatabaseSync } from 'node:sqlite';

export const START_MS = Date.parse('2026-01-01T00:00:00Z');

/**
 * Events of ten endpoints, one a second, with bodies of 800 bytes; one in a thousand failed, and the newest
 * `pending` wait for their turn. `newId`: that of src/shared/ids.
 */
export function fillHistory(file, events, newId, pending = 0) {
  const db = new DatabaseSync(file);
  db.exec('PRAGMA synchronous = OFF; BEGIN');
  for (let n = 0; n < 10; n++) db.exec(`INSERT INTO endpoints (key) VALUES ('/hooks/${n}')`);
  const event = db.prepare(
    `INSERT INTO events (id, endpoint_id, status, attempt, unfinished, received_at, updated_at, method,
       path, name, provider, event_type, delivery_id, scheme, secret, replay_of, flags, body_bytes)
     VALUES (?, ?, ?, ?, ?, ?, ?, 'POST', ?, ?, 'github', ?, ?, 'github', 'current', NULL, 0, 800)`,
  );
  const body = db.prepare('INSERT INTO bodies VALUES (?, ?, NULL, ?)');
  const request = JSON.stringify({
    method: 'POST',
    url: '/hooks',
    headers: { a: 'b'.repeat(200) },
  });
  for (let n = 1; n <= events; n++) {
    const at = START_MS + n * 1000;
    const waits = n > events - pending;
    const ended = n % 1000 === 0 ? 'failed' : 'success';
    const status = waits ? 'pending' : ended;
    const attempt = waits ? 0 : 1;
    const path = `/hooks/${n % 10}`;
    const id = newId(at);
    event.run(
      ...[id, (n % 10) + 1, status, attempt, 0, at, at],
      ...[path, path, `type-${n % 100}`, id],
    );
    body.run(n, request, Buffer.from(`{"n":${n},"fill":"${'x y '.repeat(195)}"}`));
  }
  db.exec('COMMIT');
  db.close();
}

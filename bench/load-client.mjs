// A child process that loads a server: keep-alive connections on raw sockets, each sending its next
// request as soon as the last one was answered. Raw, because on two cores an HTTP client costs as
// much as the server that it measures.
import { randomUUID } from 'node:crypto';
import { connect } from 'node:net';

process.on('message', async (job) => process.send(await load(job)));

/**
 * job: {port, path, headers, body, idHeader, connections, seconds, requests}; each request gets an id of
 * its own. It ends after that time, or after so many requests where `requests` is given.
 */
async function load(job) {
  const run = {
    latencies: [],
    statuses: {},
    failures: 0,
    until: performance.now() + job.seconds * 1e3,
    left: job.requests ?? Infinity,
  };
  const startedAt = performance.now();
  await Promise.all(Array.from({ length: job.connections }, () => useConnection(job, run)));
  const seconds = (performance.now() - startedAt) / 1e3;
  const sorted = Float64Array.from(run.latencies).sort();
  const percentile = (share) =>
    sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
  return {
    statuses: run.statuses,
    failures: run.failures,
    answered: sorted.length,
    seconds,
    perSecond: sorted.length / seconds,
    p50: percentile(0.5),
    p99: percentile(0.99),
  };
}

function useConnection(job, run) {
  const { bytes, idAt } = requestBytes(job);
  return new Promise((done) => {
    const socket = connect({ port: job.port, host: '127.0.0.1', noDelay: true });
    let sentAt = 0;
    let received = Buffer.alloc(0);
    const send = () => {
      run.left--;
      bytes.latin1Write(randomUUID(), idAt);
      sentAt = performance.now();
      socket.write(bytes);
    };
    socket.on('connect', send);
    socket.on('error', () => run.failures++);
    socket.on('close', () => done());
    socket.on('data', (chunk) => {
      received = received.length === 0 ? chunk : Buffer.concat([received, chunk]);
      const answer = readAnswer(received);
      if (answer === undefined) return;
      received = received.subarray(answer.length);
      run.latencies.push(performance.now() - sentAt);
      run.statuses[answer.status] = (run.statuses[answer.status] ?? 0) + 1;
      if (run.left > 0 && performance.now() < run.until) send();
      else socket.end();
    });
  });
}

function requestBytes({ path, headers, body, idHeader }) {
  const content = Buffer.from(body);
  const head = [
    `POST ${path} HTTP/1.1`,
    'host: 127.0.0.1',
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    `content-length: ${content.length}`,
    `${idHeader}: `,
  ].join('\r\n');
  const id = randomUUID();
  return {
    bytes: Buffer.concat([Buffer.from(`${head}${id}\r\n\r\n`), content]),
    idAt: head.length,
  };
}

/** Status and length of the answer at the start of `bytes`; undefined while it is incomplete. */
function readAnswer(bytes) {
  const end = bytes.indexOf('\r\n\r\n');
  if (end < 0) return undefined;
  const head = bytes.latin1Slice(0, end);
  const length = /\r\ncontent-length: *(\d+)/i.exec(head);
  if (length === null) throw new Error(`An answer without content-length: ${head}`);
  const total = end + 4 + Number(length[1]);
  return bytes.length < total ? undefined : { status: head.slice(9, 12), length: total };
}

import { WebhookError } from '../../shared/errors';

/** SQLSTATE (PostgreSQL, appendix A) or a code of Node.js; never a text: those may hold values and names. */
const WORDS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nobody answers at its address',
  ENOTFOUND: 'the name of its host is not known',
  EAI_AGAIN: 'the name of its host cannot be looked up',
  ETIMEDOUT: 'it does not answer',
  ECONNRESET: 'it closed the connection',
  EHOSTUNREACH: 'its host cannot be reached',
  ENETUNREACH: 'its network cannot be reached',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is not trusted',
  SELF_SIGNED_CERT_IN_CHAIN: 'its certificate is not trusted',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its certificate is not trusted',
  CERT_HAS_EXPIRED: 'its certificate has expired',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another host',
  ERR_INVALID_URL: 'the connection string is not valid',
  '25006': 'it is read-only',
  '28000': 'it refuses this user',
  '28P01': 'it refuses this user or password',
  '3D000': 'the database does not exist',
  '42501': 'the user lacks a privilege: see docs/CLUSTER.md',
  '42P01': 'a table is missing',
  '53100': 'its disk is full',
  '53200': 'it is out of memory',
  '53300': 'it has no connection left',
  '55P03': 'a lock was not to be had in time',
  '57014': 'it took too long',
  '57P01': 'it is being shut down',
  '57P02': 'it crashed',
  '57P03': 'it is starting up or shutting down',
};

/** The driver's words; it has no code for it. */
const NO_TLS = 'The server does not support SSL connections';

/** Somebody else was at the same rows: the same transaction is done again. */
const AGAIN = new Set(['40001', '40P01', '55P03']);
/** The server refuses everything, not this statement. */
const REFUSES_ALL = new Set(['25006', '53100', '53200', '53300', '57014', '42501', '42P01']);

export const NO_ANSWER = 'PG_NO_ANSWER';
export const CONNECTION_LOST = 'PG_CONNECTION_LOST';

export class ConnectionLost extends Error {
  readonly code: string;

  constructor(code: typeof NO_ANSWER | typeof CONNECTION_LOST) {
    super(code === NO_ANSWER ? 'it does not answer' : 'the connection broke');
    this.name = 'ConnectionLost';
    this.code = code;
  }
}

function codeOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return '';
  return 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : '';
}

/** What is wrong with the server, in words without anything that stands in the connection string. */
export function problemWords(thrown: unknown): string {
  if (thrown instanceof ConnectionLost || thrown instanceof WebhookError) return thrown.message;
  const code = codeOf(thrown);
  const known = Object.hasOwn(WORDS, code) ? WORDS[code] : undefined;
  if (known !== undefined) return known;
  if (thrown instanceof Error && thrown.message === NO_TLS)
    return 'it has no encrypted connections';
  if (code.startsWith('08')) return 'the connection broke';
  if (/^[A-Z0-9_]{5,40}$/.test(code)) return `error ${code}`;
  // Errors of the driver without a code are about connections.
  return thrown instanceof AggregateError
    ? 'nobody answers at its address'
    : 'the connection broke';
}

export function unavailable(thrown: unknown): WebhookError {
  if (thrown instanceof WebhookError) return thrown;
  return new WebhookError(
    'store-unavailable',
    `The PostgreSQL server of the history is not available: ${problemWords(thrown)}.`,
  );
}

export function isWorthAnotherTry(thrown: unknown): boolean {
  return AGAIN.has(codeOf(thrown));
}

export function isDivisionByZero(thrown: unknown): boolean {
  return codeOf(thrown) === '22012';
}

/** Whether another statement on the same server could work. */
export function isOfStatement(thrown: unknown): boolean {
  const code = codeOf(thrown);
  return /^[0-9A-Z]{5}$/.test(code) && !isLoss(thrown) && !REFUSES_ALL.has(code);
}

/** Not of a statement: the server ended the session, or can't write. */
const ENDS_SESSION = /^(08|57P|25006|25P03)/;

/** The connection is of no use any more. */
export function isLoss(thrown: unknown): boolean {
  const code = codeOf(thrown);
  if (thrown instanceof WebhookError) return false;
  return !/^[0-9A-Z]{5}$/.test(code) || ENDS_SESSION.test(code);
}

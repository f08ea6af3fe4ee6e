import { WebhookError } from '../../shared/errors';
import { problemKind, StoreUnavailable } from '../store-problem';
import type { StoreProblem, StoreProblemKind } from '../store-problem';

type Known = readonly [kind: StoreProblemKind, words: string];

const NOBODY: Known = ['unreachable', 'nobody answers at its address'];
const SILENT: Known = ['noAnswer', 'it does not answer'];
const BROKEN: Known = ['connectionLost', 'the connection broke'];
const UNCONFIRMED: Known = ['noAnswer', 'its standby does not confirm what is written'];
const UNTRUSTED: Known = ['untrusted', 'its certificate is not trusted'];

/** SQLSTATE (PostgreSQL, appendix A) or a code of Node.js; never a text: those may hold values and names. */
const KNOWN: Readonly<Record<string, Known>> = {
  ECONNREFUSED: NOBODY,
  ENOTFOUND: ['unknownHost', 'the name of its host is not known'],
  EAI_AGAIN: ['unknownHost', 'the name of its host cannot be looked up'],
  ETIMEDOUT: SILENT,
  ECONNRESET: ['connectionLost', 'it closed the connection'],
  EHOSTUNREACH: ['unreachable', 'its host cannot be reached'],
  ENETUNREACH: ['unreachable', 'its network cannot be reached'],
  DEPTH_ZERO_SELF_SIGNED_CERT: UNTRUSTED,
  SELF_SIGNED_CERT_IN_CHAIN: UNTRUSTED,
  UNABLE_TO_GET_ISSUER_CERT: UNTRUSTED,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: UNTRUSTED,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: UNTRUSTED,
  CERT_HAS_EXPIRED: ['expiredCertificate', 'its certificate has expired'],
  ERR_TLS_CERT_ALTNAME_INVALID: ['wrongHost', 'its certificate is for another host'],
  ERR_INVALID_URL: ['badConnection', 'the connection string is not valid'],
  '25006': ['serverReadOnly', 'it is read-only'],
  '28000': ['loginRefused', 'it refuses this user'],
  '28P01': ['loginRefused', 'it refuses this user or password'],
  '3D000': ['noDatabase', 'the database does not exist'],
  '42501': ['noPrivilege', 'the user lacks a privilege: see docs/CLUSTER.md'],
  '42P01': ['noTable', 'a table is missing'],
  '53100': ['serverDiskFull', 'its disk is full'],
  '53200': ['serverMemory', 'it is out of memory'],
  '53300': ['tooManyConnections', 'it has no connection left'],
  '55P03': ['tooSlow', 'a lock was not to be had in time'],
  '57014': ['tooSlow', 'it took too long'],
  '57P01': ['serverStopping', 'it is being shut down'],
  '57P02': ['serverStopping', 'it crashed'],
  '57P03': ['serverStopping', 'it is starting up or shutting down'],
};

/** The driver's own words, where it has no code. */
const DRIVER: readonly (readonly [pattern: RegExp, known: Known])[] = [
  [/^The server does not support SSL/, ['noTls', 'it has no encrypted connections']],
  [/^SASL/, ['loginRefused', 'the log-in fails: is there a password?']],
  [/^(timeout expired|Query read timeout|Connection terminated due to.*timeout)$/, SILENT],
];

const UNAVAILABLE = 'The PostgreSQL server of the history is not available: ';

/** Somebody else was at the same rows: the same transaction is done again. */
const AGAIN = new Set(['40001', '40P01', '55P03']);
/** The server refuses everything, not this statement. */
const REFUSES_ALL = new Set(['25006', '53100', '53200', '53300', '57014', '42501', '42P01']);

export const NO_ANSWER = 'PG_NO_ANSWER';
export const CONNECTION_LOST = 'PG_CONNECTION_LOST';
/** Committed, but maybe at this server only, though it is to wait for another one. */
export const NOT_CONFIRMED = 'PG_NOT_CONFIRMED';

const LOSSES: Readonly<Record<string, Known>> = {
  [NO_ANSWER]: SILENT,
  [CONNECTION_LOST]: BROKEN,
  [NOT_CONFIRMED]: UNCONFIRMED,
};

export class ConnectionLost extends Error {
  readonly code: string;

  constructor(code: typeof NO_ANSWER | typeof CONNECTION_LOST | typeof NOT_CONFIRMED) {
    super(LOSSES[code]?.[1]);
    this.name = 'ConnectionLost';
    this.code = code;
  }
}

function codeOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return '';
  return 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : '';
}

/** What is wrong with the server, without anything that stands in the connection string. */
export function problemOf(thrown: unknown): StoreProblem {
  if (thrown instanceof WebhookError) {
    const { message } = thrown;
    const isOurs = message.startsWith(UNAVAILABLE);
    const text = isOurs ? message.slice(UNAVAILABLE.length).replace(/\.$/, '') : message;
    return { kind: problemKind(thrown), text };
  }
  const [kind, text] = known(thrown);
  return { kind, text };
}

function known(thrown: unknown): Known {
  const code = codeOf(thrown);
  if (code.startsWith('08')) return BROKEN;
  const all = { ...KNOWN, ...LOSSES };
  const found = Object.hasOwn(all, code) ? all[code] : undefined;
  if (found !== undefined) return found;
  if (/^[A-Z0-9_]{5,40}$/.test(code)) return ['other', `error ${code}`];
  // Errors of the driver without a code are about connections.
  if (thrown instanceof AggregateError) return NOBODY;
  const text = thrown instanceof Error ? thrown.message : '';
  return DRIVER.find(([pattern]) => pattern.test(text))?.[1] ?? BROKEN;
}

export function unavailable(thrown: unknown): WebhookError {
  if (thrown instanceof WebhookError) return thrown;
  const { kind, text } = problemOf(thrown);
  return new StoreUnavailable(kind, `${UNAVAILABLE}${text}.`);
}

export function readOnly(): WebhookError {
  return new StoreUnavailable('serverReadOnly', `${UNAVAILABLE}it is read-only.`);
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

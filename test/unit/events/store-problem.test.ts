import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import {
  CONNECTION_LOST,
  ConnectionLost,
  NO_ANSWER,
  NOT_CONFIRMED,
  problemOf,
  unavailable,
} from '../../../src/events/postgres/problem';
import { kindOf, WriteTrouble } from '../../../src/events/sqlite/problem';
import {
  problemKind,
  STORE_PROBLEMS,
  StoreUnavailable,
  type StoreProblemKind,
} from '../../../src/events/store-problem';
import { WebhookError } from '../../../src/shared/errors';

const SECRET = 'postgres://user:geheim@host/db';
const withCode = (code: string, message = SECRET): Error =>
  Object.assign(new Error(message), { code });

test('there are words for each kind, and for no other; none is too long for a status', () => {
  const file = 'nodes/webhook-history/locales/en-US/webhook-history.json';
  const texts = JSON.parse(readFileSync(file, 'utf8')) as Record<
    'webhook-history',
    { problem: Record<string, string> }
  >;
  const { problem } = texts['webhook-history'];
  assert.deepEqual(Object.keys(problem).sort(), [...STORE_PROBLEMS].sort());
  for (const text of Object.values(problem)) assert.ok(text.length <= 45, text);
});

describe('what a PostgreSQL server or the way to it says', () => {
  const kinds: Readonly<Record<string, StoreProblemKind>> = {
    ...{ ECONNREFUSED: 'unreachable', EHOSTUNREACH: 'unreachable', ENETUNREACH: 'unreachable' },
    ...{ ENOTFOUND: 'unknownHost', EAI_AGAIN: 'unknownHost' },
    ...{ ETIMEDOUT: 'noAnswer', ECONNRESET: 'connectionLost' },
    ...{ SELF_SIGNED_CERT_IN_CHAIN: 'untrusted', DEPTH_ZERO_SELF_SIGNED_CERT: 'untrusted' },
    ...{ UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'untrusted', CERT_HAS_EXPIRED: 'expiredCertificate' },
    ...{ ERR_TLS_CERT_ALTNAME_INVALID: 'wrongHost', ERR_INVALID_URL: 'badConnection' },
    ...{ '25006': 'serverReadOnly', '28000': 'loginRefused', '28P01': 'loginRefused' },
    ...{ '3D000': 'noDatabase', '42501': 'noPrivilege', '42P01': 'noTable' },
    ...{ '53100': 'serverDiskFull', '53200': 'serverMemory', '53300': 'tooManyConnections' },
    ...{ '55P03': 'tooSlow', '57014': 'tooSlow', '08006': 'connectionLost' },
    ...{ '57P01': 'serverStopping', '57P02': 'serverStopping', '57P03': 'serverStopping' },
    ...{ '42P05': 'other' },
  };
  for (const [code, kind] of Object.entries(kinds)) {
    test(`${code}: ${kind}`, () => {
      const problem = problemOf(withCode(code));
      assert.equal(problem.kind, kind);
      assert.doesNotMatch(problem.text, /geheim|host\/db/);
      const refusal = unavailable(withCode(code));
      assert.deepEqual([refusal.code, problemKind(refusal)], ['store-unavailable', kind]);
      assert.deepEqual(problemOf(refusal), problem, 'the same when it comes back as a refusal');
    });
  }

  test('the driver, which has no codes of its own', () => {
    const kindFor = (message: string): StoreProblemKind => problemOf(new Error(message)).kind;
    assert.equal(kindFor('The server does not support SSL connections'), 'noTls');
    assert.equal(
      kindFor('SASL: SCRAM-SERVER-FIRST-MESSAGE: client password must be'),
      'loginRefused',
    );
    assert.equal(kindFor('timeout expired'), 'noAnswer');
    assert.equal(kindFor('Query read timeout'), 'noAnswer');
    assert.equal(kindFor('Connection terminated due to connection timeout'), 'noAnswer');
    assert.equal(kindFor('Connection terminated unexpectedly'), 'connectionLost');
    assert.equal(kindFor(SECRET), 'connectionLost');
    assert.equal(problemOf(withCode('constructor')).kind, 'connectionLost');
    assert.equal(problemOf(new AggregateError([])).kind, 'unreachable');
    assert.equal(problemOf(new ConnectionLost(NO_ANSWER)).kind, 'noAnswer');
    assert.equal(problemOf(new ConnectionLost(CONNECTION_LOST)).kind, 'connectionLost');
    const unconfirmed = problemOf(new ConnectionLost(NOT_CONFIRMED));
    assert.deepEqual(unconfirmed, {
      kind: 'noAnswer',
      text: 'its standby does not confirm what is written',
    });
    assert.doesNotMatch(problemOf(new Error(SECRET)).text, /geheim/);
  });

  test('what is a refusal already keeps its kind, and its words', () => {
    const newer = new StoreUnavailable('newerSchema', 'update the nodes');
    assert.deepEqual(problemOf(newer), { kind: 'newerSchema', text: 'update the nodes' });
    assert.equal(unavailable(newer), newer);
    const plain = new WebhookError('store-unavailable', 'closed');
    assert.deepEqual(problemOf(plain), { kind: 'other', text: 'closed' });
  });
});

const sqlite = (errcode: number): Error => Object.assign(withCode('ERR_SQLITE_ERROR'), { errcode });

describe('what SQLite or the file system says', () => {
  for (const [errcode, kind] of [
    ...([
      [3, 'noAccess'],
      [5, 'locked'],
      [6, 'locked'],
      [7, 'noMemory'],
    ] as const),
    ...([
      [8, 'fileReadOnly'],
      [8 | (6 << 8), 'fileReadOnly'],
      [10, 'diskError'],
    ] as const),
    ...([
      [10 | (4 << 8), 'diskError'],
      [13, 'diskFull'],
      [14, 'cannotOpen'],
      [1, 'other'],
    ] as const),
  ] as const) {
    test(`result ${errcode}: ${kind}`, () => assert.equal(kindOf(sqlite(errcode)), kind));
  }
  for (const [code, kind] of [
    ...([
      ['EACCES', 'noAccess'],
      ['EPERM', 'noAccess'],
      ['EROFS', 'fileReadOnly'],
    ] as const),
    ...([
      ['ENOSPC', 'diskFull'],
      ['EDQUOT', 'diskFull'],
      ['EIO', 'diskError'],
    ] as const),
    ...([
      ['ENOENT', 'cannotOpen'],
      ['ENOTDIR', 'cannotOpen'],
      ['toString', 'other'],
    ] as const),
  ] as const) {
    test(`${code}: ${kind}`, () => assert.equal(kindOf(withCode(code)), kind));
  }
  test('nothing that is known', () => {
    assert.equal(kindOf(new Error('x')), 'other');
    assert.equal(kindOf('thrown'), 'other');
  });
});

describe('writes that the disk refuses', () => {
  const never = (): boolean => false;

  test('end when one as large as the largest of them works', () => {
    const trouble = new WriteTrouble();
    trouble.failed(sqlite(13), 500, 1000, never);
    trouble.failed(sqlite(13), 100, 1000, never);
    assert.equal(trouble.problem?.kind, 'diskFull');
    trouble.wrote(499, 2000);
    assert.equal(trouble.problem?.kind, 'diskFull', 'what is small may still fit');
    trouble.wrote(500, 2000);
    assert.equal(trouble.problem, null);
    trouble.failed(sqlite(13), 10, 3000, never);
    trouble.wrote(10, 3000);
    assert.equal(trouble.problem, null, 'what was before is forgotten');
  });

  test('or when any works half a minute after the last of them', () => {
    const trouble = new WriteTrouble();
    trouble.failed(sqlite(10), 500, 1000, never);
    trouble.failed(sqlite(10), 500, 2000, never);
    trouble.wrote(1, 31_999);
    assert.equal(trouble.problem?.kind, 'diskError');
    trouble.wrote(1, 32_000);
    assert.equal(trouble.problem, null);
  });

  test('the bound of the file is not the disk; another kind is another problem', () => {
    const trouble = new WriteTrouble();
    trouble.failed(sqlite(13), 5, 1000, () => true);
    assert.equal(trouble.problem?.kind, 'sizeReached');
    const known = trouble.problem;
    trouble.failed(sqlite(13), 5, 1000, () => true);
    assert.equal(trouble.problem, known, 'the same one is not told again');
    trouble.failed(sqlite(8), 5, 1000, () => true);
    assert.equal(trouble.problem?.kind, 'fileReadOnly');
  });

  test('a write that is at fault itself is none', () => {
    const trouble = new WriteTrouble();
    trouble.failed(sqlite(19), 5, 1000, never);
    trouble.failed(new Error('a bug'), 5, 1000, never);
    assert.equal(trouble.problem, null);
  });
});

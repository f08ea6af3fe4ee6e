import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { authParts, createAuth, withoutSecrets, type AuthOptions } from '../../../src/sync/auth';
import { SyncError } from '../../../src/sync/sync-error';
import { runGolden } from '../../support/run-golden';

interface Golden {
  id: string;
  group: string;
  auth: Record<string, any> & { type: string };
  env?: Record<string, string>;
  expected: Record<string, any>;
}

const MISSING = 'missing';

/** What a Node-RED form can hold, and the few answers of the reference that we do not follow. */
const DEVIATIONS: Record<string, { reason: string; expected: unknown }> = {
  'api_key-08': { reason: 'a key of null is missing, not the text None', expected: MISSING },
  'bearer-03': { reason: 'an empty token is missing', expected: MISSING },
  'basic-03': { reason: 'an empty username is missing', expected: MISSING },
  'env-02': { reason: 'a variable that is not set fails closed', expected: MISSING },
  'env-03': { reason: 'a reference that is not replaced fails closed', expected: MISSING },
  'env-08': { reason: 'a value that is a reference itself fails closed', expected: MISSING },
  'env-09': { reason: 'a reference that is not replaced fails closed', expected: MISSING },
  'env-11': { reason: 'a reference that is not replaced fails closed', expected: MISSING },
};

/** What cannot be configured here: a form offers three types, and a credential is a text. */
const NOT_APPLICABLE = /^(oauth2_cc|pkce|device|unknown|missing-0[67]|bearer-04)/;

const { cases } = JSON.parse(readFileSync('test/fixtures/sync/auth.json', 'utf8')) as {
  cases: Golden[];
};

test('credentials are read as by the reference', async (t) => {
  assert.equal(cases.length, 28);
  const concerned = cases.filter(({ id }) => !NOT_APPLICABLE.test(id));
  assert.equal(concerned.length, 17);
  await runGolden(t, concerned, async (golden) => {
    const { error } = golden.expected as { error?: boolean };
    const expected =
      DEVIATIONS[golden.id]?.expected ?? (error === true ? MISSING : headersOf(golden.expected));
    assert.deepEqual(await outcome(golden), expected);
  });
});

async function outcome({ auth, env = {} }: Golden): Promise<unknown> {
  const saved = Object.fromEntries(
    Object.entries(auth).map(([name, value]) => [name, fromEnvironment(value, env)]),
  );
  const types = { api_key: 'apiKey', bearer: 'bearer', basic: 'basic' } as const;
  const options: AuthOptions = {
    auth: types[auth.type.toLowerCase() as keyof typeof types],
    apiKeyName: saved.header ?? '',
    apiKeyIn: 'header',
  };
  try {
    return (await authParts(createAuth(options, saved))).headers;
  } catch (thrown) {
    assert.ok(thrown instanceof SyncError && thrown.category === 'AUTH' && thrown.permanent);
    return MISSING;
  }
}

/** As Node-RED does it: a value that is a reference as a whole, if the variable is set. */
function fromEnvironment(
  value: string | number | null,
  env: Record<string, string>,
): string | undefined {
  if (value === null) return undefined;
  const text = String(value);
  const name = /^\$\{(\S+)\}$/.exec(text)?.[1];
  return name === undefined ? text : (env[name] ?? text);
}

function headersOf(expected: Record<string, any>): Record<string, string> {
  if (expected.type === 'api_key') return { [expected.header_name]: expected.key };
  if (expected.type === 'bearer') return { Authorization: `Bearer ${expected.token}` };
  const token = Buffer.from(`${expected.username}:${expected.password}`).toString('base64');
  return { Authorization: `Basic ${token}` };
}

const OPTIONS: AuthOptions = { auth: 'bearer', apiKeyName: '', apiKeyIn: 'header' };

test('a credential that a header cannot carry is refused, and its text not shown', () => {
  for (const token of ['a\r\nX-Evil: 1', 'tök€n', 'a\0b']) {
    assert.throws(
      () => createAuth(OPTIONS, { token }),
      (error: Error) => /The token contains/.test(error.message) && !error.message.includes(token),
    );
  }
  assert.throws(() => createAuth({ ...OPTIONS, auth: 'basic' }, { username: 'a:b' }), /colon/);
  assert.throws(
    () => createAuth({ ...OPTIONS, auth: 'apiKey', apiKeyName: 'no name' }, { key: 'k' }),
    /no header name/,
  );
});

test('a pasted line break at the end of a token is not sent', async () => {
  const auth = createAuth(OPTIONS, { token: ' abc\n' });
  assert.deepEqual((await authParts(auth)).headers, { Authorization: 'Bearer abc' });
});

test('basic may have an empty password, not an unresolved one', () => {
  const options: AuthOptions = { ...OPTIONS, auth: 'basic' };
  assert.deepEqual(createAuth(options, { username: 'sk_1' }), {
    type: 'basic',
    username: 'sk_1',
    password: '',
  });
  assert.throws(() => createAuth(options, { username: 'u', password: '${PW}' }), /environment/);
});

test('secrets that the other side echoes are removed', () => {
  const basic = createAuth({ ...OPTIONS, auth: 'basic' }, { username: 'u', password: 'p4ss' });
  assert.equal(withoutSecrets('got dTpwNHNz and p4ss', basic), 'got *** and ***');
  const key = createAuth({ ...OPTIONS, auth: 'apiKey', apiKeyIn: 'query' }, { key: 'a b' });
  assert.equal(withoutSecrets('?k=a%20b&x=a b', key), '?k=***&x=***');
});

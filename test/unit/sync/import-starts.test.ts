import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { importConfig } from '../../../src/sync/import/import-config';
import { flowOf } from '../../../src/sync/import/import-flow';
import { NOTE_CODES } from '../../../src/sync/import/note';

const LOCALE = 'nodes/apilinker-sync/locales/en-US/apilinker-sync.json';

/** What starts the imported syncs: endpoints for webhooks, an inject node, a retry node. */
function startsOf(config: object) {
  const imported = importConfig(config);
  const nodes = flowOf(imported).filter(({ type }) => !type.startsWith('apilinker'));
  const notes = imported.notes.filter(({ code }) => !code.startsWith('no-'));
  return { nodes, notes: notes.map(({ code, where }) => `${code} ${where}`) };
}

const hook = (saved: object) => {
  const { nodes, notes } = startsOf({ webhooks: { endpoints: [saved] } });
  const [{ id, type, x, y, wires, path, ...own }] = nodes as [(typeof nodes)[number]];
  assert.deepEqual([id, type, path, x, y, wires], ['webhook-0', 'webhook-in', '/a', 160, 80, [[]]]);
  return [own, notes];
};

test('an endpoint for webhooks is carried over, key by key', () => {
  const header = { signatureHeader: 'X-Hub-Signature-256' };
  for (const signatureType of ['hmac_sha256', 'hmac_sha1', 'jwt']) {
    const saved = { path: '/a', signature_type: signatureType, secret: 's' };
    const expected = {
      provider: 'generic',
      signatureType,
      ...header,
      credentials: { secret: 's' },
    };
    assert.deepEqual(hook(saved), [expected, []]);
  }
  assert.deepEqual(
    hook({
      ...{ path: '/a', name: 'n', methods: ['PUT'], enabled: false, signature_type: 'jwt' },
      ...{ signature_header: 'X-S', secret: 'secret://k' },
    }),
    [
      {
        ...{ name: 'n', methods: ['PUT'], enabled: false, provider: 'generic' },
        ...{ signatureType: 'jwt', signatureHeader: 'X-S', credentials: { secret: '${k}' } },
      },
      ['secret-provider webhooks.endpoints[0]'],
    ],
  );
  // A secret without a type, and a type that is not known, must not let everybody in.
  assert.deepEqual(hook({ path: '/a', secret: 's', enabled: true, name: 5, signature_header: 1 }), [
    { provider: 'generic', ...header, credentials: { secret: 's' } },
    [],
  ]);
  assert.deepEqual(hook({ path: '/a', signature_type: 5 }), [
    { provider: 'generic', ...header, credentials: {} },
    [],
  ]);
  for (const saved of [{}, { signature_type: 'none' }]) {
    assert.deepEqual(hook({ path: '/a', ...saved }), [
      { provider: 'none', credentials: {} },
      ['not-verified webhooks.endpoints[0]'],
    ]);
  }
});

test('endpoints that cannot be used are left out, and retries have the defaults of the reference', () => {
  const webhooks = { endpoints: [5, { name: 'no path' }], retry_delay_seconds: 7 };
  const { nodes, notes } = startsOf({ webhooks });
  assert.deepEqual(
    notes,
    [0, 1].map((at) => `endpoint-unusable webhooks.endpoints[${at}]`),
  );
  const [{ type, maxRetries, delaySeconds, multiplier }] = nodes as [(typeof nodes)[number]];
  assert.deepEqual(
    [nodes.length, type, maxRetries, delaySeconds, multiplier],
    [1, 'webhook-retry', 2, 7, 2],
  );
});

test('a schedule is that of an inject node, which is pressed where there is none', () => {
  const inject = (schedule?: object) => {
    const source = { base_url: 'http://a' };
    const { nodes } = startsOf({ source, mapping: { source: 'a', target: 'b' }, schedule });
    assert.equal(nodes.length, 1);
    const { id, type, x, y, wires, ...own } = nodes[0]!;
    assert.deepEqual([id, type, x, y, wires], ['start', 'inject', 160, 80, [['sync-0']]]);
    return own;
  };
  const plain = {
    ...{ name: '', props: [{ p: 'payload' }], payload: '', payloadType: 'date' },
    ...{ repeat: '', crontab: '', once: false },
  };
  assert.deepEqual(inject(), plain);
  assert.deepEqual(inject({ type: 'interval', seconds: 1 }), { ...plain, repeat: '1' });
  assert.deepEqual(inject({ type: 'interval', seconds: 0.5 }), { ...plain, repeat: '0.5' });
  assert.deepEqual(inject({ type: 'interval', seconds: 0 }), plain);
  assert.deepEqual(inject({ type: 'cron', expression: ' 0 0  * * * ' }), {
    ...plain,
    crontab: '0 0  * * *',
  });
  assert.deepEqual(inject({ type: 'once', expression: '0 0 * * *' }), plain);
  const without = startsOf({ source: { base_url: 'http://a' } });
  assert.deepEqual(without.nodes, [], 'nothing to start');
});

test('each reason for which something is not carried over has its words', () => {
  const texts = JSON.parse(readFileSync(LOCALE, 'utf8')) as {
    'apilinker-sync': { import: { note: Record<string, string> } };
  };
  assert.deepEqual(Object.keys(texts['apilinker-sync'].import.note).sort(), [...NOTE_CODES].sort());
});

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { readYaml } from '../../../nodes/apilinker-sync/editor/read-yaml';
import { readEndpoints } from '../../../src/sync/endpoint';
import { importConfig } from '../../../src/sync/import/import-config';
import { flowOf, type FlowNode } from '../../../src/sync/import/import-flow';
import { importSchedule } from '../../../src/sync/import/import-schedule';

const YAML = readFileSync('test/fixtures/sync/apilinker.yaml', 'utf8');

const notesOf = (config: unknown): string[] =>
  importConfig(config).notes.map(({ code, where }) => `${code} ${where}`);

function nodesOf(yaml: string): Map<string, FlowNode> {
  return new Map(flowOf(importConfig(readYaml(yaml))).map((node) => [node.id, node]));
}

test('a configuration becomes connections, syncs, and what starts them, wired', () => {
  const nodes = nodesOf(YAML);
  assert.deepEqual(
    [...nodes.values()].map(({ id, type, wires }) => [id, type, wires]),
    [
      ['source', 'apilinker-connection', undefined],
      ['target', 'apilinker-connection', undefined],
      ['webhook-0', 'webhook-in', [['retry']]],
      ['start', 'inject', [['retry']]],
      ['retry', 'webhook-retry', [['sync-0', 'sync-1'], []]],
      ['sync-0', 'apilinker-sync', [[], []]],
      ['sync-1', 'apilinker-sync', [[], []]],
    ],
  );
  const sync = nodes.get('sync-0')!;
  assert.deepEqual(
    [sync['source'], sync['sourceEndpoint'], sync['target'], sync['targetEndpoint']],
    ['source', 'list_users', 'target', 'create_contact'],
  );
  assert.deepEqual(sync['params'], [{ name: 'updated_since', value: '{{last_sync}}' }]);
  assert.deepEqual([sync['lastSync'], sync['strict']], ['2024-01-01T00:00:00Z', true]);
  assert.equal((sync['fields'] as unknown[]).length, 3);
  const source = nodes.get('source')!;
  assert.deepEqual(
    readEndpoints(source['endpoints'])?.map(({ name, path, pagination }) => [
      ...[name, path, pagination?.kind],
    ]),
    [['list_users', '/users', 'token']],
  );
});

test('literal secrets become credentials, variables stay, and neither is a property', () => {
  const nodes = nodesOf(YAML);
  const [source, target, webhook] = ['source', 'target', 'webhook-0'].map((id) => nodes.get(id)!);
  assert.deepEqual(source?.credentials, { token: '${SOURCE_TOKEN}' });
  assert.deepEqual(target?.credentials, { key: 'literal-key' });
  assert.deepEqual(webhook?.credentials, { secret: 'hook-secret' });
  for (const node of nodes.values()) {
    const properties = { ...node, credentials: undefined };
    assert.doesNotMatch(JSON.stringify(properties), /literal-key|hook-secret|SOURCE_TOKEN/);
  }
});

test('attempts become retries: the first one is none', () => {
  const retry = nodesOf(YAML).get('retry')!;
  assert.deepEqual([retry['maxRetries'], retry['delaySeconds'], retry['multiplier']], [4, 2.5, 3]);
  assert.equal(nodesOf('webhooks: {max_retry_attempts: 0}').get('retry')?.['maxRetries'], 0);
  assert.equal(nodesOf('source: {base_url: http://a}').has('retry'), false);
});

test('an endpoint for webhooks fails closed', () => {
  const webhook = (yaml: string) => nodesOf(`webhooks: {endpoints: [${yaml}]}`).get('webhook-0')!;
  assert.deepEqual(
    [webhook('{path: /a, secret: s}')['provider'], webhook('{path: /a}')['provider']],
    ['generic', 'none'],
  );
  const unknown = webhook('{path: /a, signature_type: rot13}');
  assert.deepEqual([unknown['provider'], unknown.credentials], ['generic', {}]);
});

test('what cannot be carried over is listed', () => {
  assert.deepEqual(notesOf(readYaml(YAML)), [
    'ignored observability',
    'tls source.verify_ssl',
    'ignored source.endpoints.list_users.sse',
    'secret-in-header target.headers.X-Legacy-Token',
    'dead-letters error_handling.dlq',
    'recovery error_handling.recovery_strategies',
    'field-unusable mapping[1].fields[0]',
    'ignored webhooks.port',
  ]);
  assert.deepEqual(notesOf(null), ['no-target target', 'no-mapping mapping']);
  assert.deepEqual(
    notesOf({ source: { auth: { type: 'magic' } }, target: { base_url: 'http://a' } }),
    ['auth-unknown source.auth', 'no-base-url source.base_url', 'no-mapping mapping'],
  );
  assert.deepEqual(
    notesOf({
      target: { base_url: 'http://a' },
      mapping: { source: 'a', target: 'b', fields: [] },
      schedule: { type: 'once', datetime: '2030-01-01' },
      error_handling: { circuit_breakers: { target_a: {}, target_b: {}, source_a: {} } },
    }),
    ['one-breaker error_handling.circuit_breakers.target_...', 'schedule schedule'],
  );
});

interface Scheduled {
  id: string;
  group: string;
  config: Record<string, unknown>;
  raises?: boolean;
  expected?: { error?: boolean };
}

test('schedules of the reference become those of an inject node, or are listed', (t) => {
  const { cases } = JSON.parse(readFileSync('test/fixtures/sync/schedule.json', 'utf8')) as {
    cases: Scheduled[];
  };
  assert.equal(cases.length, 25);
  const counted = { interval: 0, cron: 0, listed: 0 };
  for (const { id, config } of cases) {
    const notes: Parameters<typeof importSchedule>[1] = [];
    const schedule = importSchedule(config, notes);
    if (schedule === null) {
      counted.listed += 1;
      assert.deepEqual(notes, [{ code: 'schedule', where: 'schedule' }], id);
    } else if ('crontab' in schedule) {
      counted.cron += 1;
      assert.equal(schedule.crontab, String(config['expression']).trim(), id);
    } else {
      counted.interval += 1;
      const [seconds, minutes, hours, days] = ['seconds', 'minutes', 'hours', 'days'].map((unit) =>
        Number(config[unit] ?? 0),
      ) as [number, number, number, number];
      assert.equal(schedule.repeatSeconds, seconds + 60 * (minutes + 60 * (hours + 24 * days)), id);
    }
  }
  t.diagnostic(`golden schedules: ${JSON.stringify(counted)}`);
});

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

test('every key of a section that means nothing here is listed, by its place', () => {
  const endpoint = {
    ...{ path: '/a', sse: {}, streaming: {}, batch_size: 1 },
    pagination: { next_page_path: 'n', limit: 5, limit_param: 'l' },
    rate_limit: { rate: 1, requests_per_second: 1, window: 1 },
  };
  const listed = notesOf({
    source: { base_url: 'http://a', retry: {}, cache: {}, endpoints: { list: endpoint } },
    target: { base_url: 'http://a' },
    ...{ sources: {}, secrets: { provider: 'env' } },
    mapping: {
      ...{ source: 'a', target: 'b', validation: {} },
      fields: [
        {
          ...{ source: 'a', target: 'b', params: {}, include_nulls: true },
          condition: { field: 'a', operator: 'eq', value: 1, not: 1 },
        },
        { value: 1, target: 'c' },
      ],
    },
    schedule: { type: 'cron', expression: '0 0 * * *', timezone: 'UTC' },
    state: { type: 'file', path: 'x', default_last_sync: '2024' },
    idempotency: { enabled: true, salt: 's' },
    validation: { strict_mode: true, formats: true },
    error_handling: {
      analytics: {},
      circuit_breakers: { source_a: { half_open_max_calls: 2 }, other: {} },
    },
    webhook: { host: 'h', endpoints: [{ path: '/a', secret: 's', metadata: {} }, { name: 'b' }] },
  });
  assert.deepEqual(listed.sort(), [
    'endpoint-unusable webhooks.endpoints[1]',
    ...[
      'error_handling.analytics',
      'error_handling.circuit_breakers.other',
      'error_handling.circuit_breakers.source_a.half_open_max_calls',
      'idempotency.salt',
      'mapping[0].fields[0].condition.not',
      'mapping[0].fields[0].params',
      'mapping[0].validation',
      'schedule.timezone',
      'source.cache',
      'source.endpoints.list.batch_size',
      'source.endpoints.list.pagination.limit',
      'source.endpoints.list.pagination.limit_param',
      'source.endpoints.list.rate_limit.window',
      'source.endpoints.list.sse',
      'source.endpoints.list.streaming',
      'source.retry',
      'sources',
      'state.path',
      'validation.formats',
      'webhooks.endpoints[0].metadata',
      'webhooks.host',
    ].map((where) => `ignored ${where}`),
    'secret-provider secrets',
  ]);
});

test('auth of each kind, by each of its names; what is not known or needs a person fails closed', () => {
  const auth = (saved: unknown) => {
    const { source, notes } = importConfig({ source: { base_url: 'http://a', auth: saved } });
    const { name, baseUrl, defaultHeaders, endpoints, ...properties } = source!.properties;
    assert.deepEqual([name, baseUrl, defaultHeaders, endpoints], ['source', 'http://a', [], []]);
    const own = notes.filter(({ where }) => where.startsWith('source'));
    return [properties, source!.credentials, own.map(({ code }) => code).join()];
  };
  const key = (place: string, name: string) => ({
    ...{ auth: 'apiKey', apiKeyIn: place, apiKeyName: name },
  });
  const oauth = { auth: 'oauth2', tokenUrl: 'http://t', scope: 'a b' };
  const client = { client_id: 'i', client_secret: 's', token_url: 'http://t' };
  const cases: [unknown, object, object, string][] = [
    [undefined, {}, {}, ''],
    [null, {}, {}, ''],
    ['bearer', { auth: 'bearer' }, {}, 'auth-unknown'],
    [{ type: 'API_KEY', key: 1 }, key('header', ''), { key: '1' }, ''],
    [
      { type: 'api_key', api_key: 'k', header_name: 'X', in_header: true },
      key('header', 'X'),
      { key: 'k' },
      '',
    ],
    [{ type: 'api_key', key: true, header: 'Y' }, key('header', 'Y'), { key: 'true' }, ''],
    [
      { type: 'api_key', key: 'k', in: 'Query', param_name: 'p' },
      key('query', 'p'),
      { key: 'k' },
      '',
    ],
    [
      { type: 'api_key', key: 'k', in_query: true, query_param: 'p', header: 'no' },
      key('query', 'p'),
      { key: 'k' },
      '',
    ],
    [{ type: 'bearer', token: 't' }, { auth: 'bearer' }, { token: 't' }, ''],
    [
      { type: 'bearer', token: { secret: 'a/b' } },
      { auth: 'bearer' },
      { token: '${a_b}' },
      'secret-provider',
    ],
    [
      { type: 'bearer', token: 'secret://a' },
      { auth: 'bearer' },
      { token: '${a}' },
      'secret-provider',
    ],
    [
      { type: 'basic', username: 'u', password: 'p' },
      { auth: 'basic' },
      { username: 'u', password: 'p' },
      '',
    ],
    [
      { ...client, type: 'oauth2', scopes: ['a', 'b'] },
      oauth,
      { clientId: 'i', clientSecret: 's' },
      '',
    ],
    [
      { ...client, type: 'oauth2_client_credentials', scope: 'a b', refresh_token: 'r' },
      oauth,
      { clientId: 'i', clientSecret: 's', refreshToken: 'r' },
      '',
    ],
    [{ ...client, type: 'oauth2_pkce' }, { auth: 'bearer' }, {}, 'auth-interactive'],
    [
      { type: 'oauth2_pkce', redirect_uri: 'http://r' },
      { auth: 'bearer' },
      {},
      'ignored,auth-interactive',
    ],
    [
      { ...client, type: 'oauth2_device_flow', refresh_token: 'r', scope: 'a b' },
      oauth,
      { clientId: 'i', clientSecret: 's', refreshToken: 'r' },
      '',
    ],
    [{ type: 'magic' }, { auth: 'bearer' }, {}, 'auth-unknown'],
    [{}, { auth: 'bearer' }, {}, 'auth-unknown'],
  ];
  for (const [saved, ...expected] of cases) {
    assert.deepEqual(auth(saved), expected, JSON.stringify(saved));
  }
});

test('a connection and its endpoints are carried over, key by key', () => {
  const { source, target, syncs, notes } = importConfig({
    source: {
      ...{ name: 'crm', base_url: 'http://a', timeout: 7, retry_count: 0, retry_delay: 2 },
      headers: { Accept: 'x', 'X-N': 5, authorization: 'Bearer ${T}' },
      endpoints: {
        list: {
          ...{ path: '/l', method: 'get', params: { a: [1], o: { b: 1 } }, headers: { H: '1' } },
          ...{
            body_template: { t: 1 },
            response_path: 'data',
            response_schema: { type: 'object' },
          },
          pagination: { data_path: 'd', max_pages: 3, page_param: 'p' },
          rate_limit: { strategy: 'LEAKY_BUCKET', requests_per_second: 5, burst: 2 },
        },
        odd: { path: '/o', rate_limit: { strategy: 'magic', rate: 1 }, params: {}, method: '' },
        empty: { path: '/e', pagination: {}, request_schema: { type: 'array' } },
        broken: { method: 'GET' },
      },
    },
    target: { base_url: 'http://b', default_headers: {}, retry_count: 2.9 },
    mapping: [
      {
        ...{ source: 'list', target: 'out' },
        fields: [
          { source_field: 'a', target_field: 'b' },
          { source_field: 'no', source: 'c', target_field: 'no', target: 'd' },
          5,
        ],
      },
      'nonsense',
      { source: 1, fields: 'none' },
    ],
    idempotency: { enabled: true },
    error_handling: {
      circuit_breakers: { source_list: { failure_threshold: 4, reset_timeout_seconds: 9 } },
    },
  });
  assert.deepEqual(source?.properties, {
    ...{ name: 'crm', baseUrl: 'http://a', timeoutSeconds: 7, retryCount: 1 },
    ...{ retryDelaySeconds: 2, breakerThreshold: 4, breakerResetSeconds: 9 },
    defaultHeaders: [
      { name: 'Accept', value: 'x' },
      { name: 'X-N', value: '5' },
      { name: 'authorization', value: 'Bearer ${T}' },
    ],
    endpoints: [
      {
        ...{ name: 'list', path: '/l', method: 'get', params: { a: [1], o: '{"b":1}' } },
        ...{ headers: { H: '1' }, bodyTemplate: { t: 1 }, responsePath: 'data' },
        pagination: { kind: 'page', dataPath: 'd', pageParam: 'p', maxPages: 3 },
        rateLimit: { strategy: 'leaky_bucket', rate: 5, burst: 2 },
        responseSchema: { type: 'object' },
      },
      { name: 'odd', path: '/o', rateLimit: { strategy: 'token_bucket', rate: 1 } },
      { name: 'empty', path: '/e', requestSchema: { type: 'array' } },
    ],
  });
  assert.deepEqual(
    notes.map(({ code, where }) => `${code} ${where}`),
    [
      'headers-not-text source.headers',
      'endpoint-unusable source.endpoints.broken',
      'field-unusable mapping[0].fields[2]',
    ],
  );
  assert.deepEqual(target?.properties, {
    ...{ name: 'target', baseUrl: 'http://b', retryCount: 2, defaultHeaders: [], endpoints: [] },
  });
  const names = { idempotency: true };
  assert.deepEqual(
    syncs.map(({ properties }) => properties),
    [
      {
        ...{ ...names, sourceEndpoint: 'list', targetEndpoint: 'out' },
        fields: [{ source: 'a', target: 'b' }, { source: 'c', target: 'd' }, 5],
      },
      { ...names, sourceEndpoint: '', targetEndpoint: '', fields: [] },
    ],
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

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { parseFields } from '../../../nodes/shared/config-fields';
import { endpointSettings } from '../../../nodes/webhook-in/endpoint-settings';
import { FIELDS } from '../../../nodes/webhook-in/webhook-in.config';
import { parsePayload } from '../../../src/events/payload';
import type { Endpoint } from '../../../src/ingest/endpoint';
import { parsePattern } from '../../../src/ingest/path-pattern';
import { pathOf, receive } from '../../../src/ingest/receive';
import { detailAnswer, methodNotAllowed, type IncomingRequest } from '../../../src/ingest/request';
import { RouteTable } from '../../../src/ingest/routes';
import { createEndpoint } from '../../../src/ingest/endpoint';
import { setUp, type Setup } from './endpoint-fixture';

/** Exchanges with APILinker's own server, replayed against ours. */
const golden = JSON.parse(readFileSync('test/fixtures/ingest/server.json', 'utf8'));

interface Difference {
  readonly why: string;
  readonly status?: number;
  readonly detail?: string;
  readonly allow?: string;
  readonly payload?: unknown;
}

/** Every deliberate difference, by case or by group. */
const DIFFERENCES: Readonly<Record<string, Difference>> = {
  'no-secret-fail-open': {
    why: 'without a secret nothing is accepted',
    status: 401,
    detail: 'Invalid signature',
  },
  'non-ascii-signature-01': {
    why: 'a strange signature is no error of ours',
    status: 401,
    detail: 'Invalid signature',
  },
  'path-query-override-02': { why: '`?path=` must not name the endpoint', status: 200 },
  'path-query-override-03': { why: '`?path=` must not name the endpoint', status: 200 },
  'path-query-override-05': { why: '`?path=` must not name the endpoint', status: 200 },
  'trailing-slash': { why: 'a sender does not follow redirects', status: 200 },
  'wrong-method-03': { why: 'Allow names every method', allow: 'POST, PUT' },
  'wrong-method-04': { why: 'Allow names every method', allow: 'POST, PUT' },
  'wrong-method-09': { why: 'no /health on the server of Node-RED', status: 404 },
  'wrong-method-10': { why: 'no /endpoints on the server of Node-RED', status: 404 },
  'json-like-content-type-01': { why: '+json and upper case are JSON' },
  'json-like-content-type-02': { why: '+json and upper case are JSON' },
};

/** Cases whose answer is the same and whose payload is another one. */
const PAYLOAD_DIFFERS: Readonly<Record<string, string>> = {
  'non-json-body-02': 'a form is an object, as for http in',
  'json-values-08':
    'a number that is too large is tagged in the recording: JSON.parse gives Infinity',
  'json-values-09': 'NaN is no JSON: the text',
  'json-values-10': '-Infinity is no JSON: the text',
  'large-body-02': 'the body is not in the recording',
};

/** Not served by us: FastAPI's own pages, and what belongs to the admin API. */
const ELSEWHERE = ['health', 'endpoints-list', 'docs', 'stripe-genuine'];

const routes = new RouteTable<{ setup: Setup; endpoint: Endpoint }>();
for (const saved of golden.about.endpoints) {
  const path = saved.path.replace('{tenant}', ':tenant');
  const { config, problems } = parseFields(FIELDS, {
    path,
    methods: saved.methods ?? ['POST'],
    enabled: saved.enabled ?? true,
    provider: saved.signature_type === undefined ? 'none' : 'generic',
    signatureType: saved.signature_type ?? 'hmac_sha256',
    signatureHeader: saved.signature_header ?? '',
  });
  assert.deepEqual(problems, []);
  const setup = setUp();
  const credentials = saved.secret === undefined ? {} : { secret: saved.secret };
  const settings = { ...endpointSettings(config, credentials, []), maxBodyBytes: 5_000_000 };
  const endpoint = createEndpoint(settings, {
    ...setup.endpoint.tools,
    budget: { tryTake: () => true, give() {}, takenBytes: 0 } as never,
  });
  routes.claim(
    {
      owner: saved.path,
      pattern: parsePattern(path),
      methods: config.methods,
      target: { setup, endpoint },
    },
    { granted() {}, refused() {} },
  );
}

function incoming({ method, target, headers, body_base64 }: any): IncomingRequest {
  const joined: Record<string, string> = {};
  for (const [name, value] of headers as [string, string][]) {
    const key = name.toLowerCase();
    joined[key] = joined[key] === undefined ? value : `${joined[key]}, ${value}`;
  }
  const body = Buffer.from(body_base64 ?? '', 'base64');
  return {
    method,
    url: target,
    headers: joined,
    rawHeaders: headers.flat(),
    remoteAddress: '192.0.2.1',
    body,
  };
}

async function exchange(request: IncomingRequest) {
  const found = routes.find(request.method, pathOf(request.url));
  if (found === undefined) return { answer: detailAnswer(404, 'Not Found'), events: [] };
  if (found.kind === 'other-method') return { answer: methodNotAllowed(found.allow), events: [] };
  const { setup, endpoint } = found.match.route.target;
  setup.accepted.length = 0;
  const answer = await receive(endpoint, request, found.match.params);
  assert.ok(answer !== null);
  return { answer, events: setup.accepted };
}

function plain(payload: unknown): unknown {
  return Buffer.isBuffer(payload) ? payload.toString('utf8') : payload;
}

describe('answers as APILinker does', () => {
  for (const known of golden.cases) {
    if (ELSEWHERE.includes(known.group)) continue;
    const difference = DIFFERENCES[known.id] ?? DIFFERENCES[known.group];
    test(`${known.id}${difference === undefined ? '' : ` - but ${difference.why}`}`, async () => {
      const { answer, events } = await exchange(incoming(known.request));
      const { response } = known;
      const status = difference?.status ?? response.status;
      assert.equal(answer.status, status, answer.body);
      if (status === 405) assert.equal(answer.headers.allow, difference?.allow ?? response.allow);
      if (status >= 400 && known.request.method !== 'HEAD' && difference?.status !== 404) {
        const detail = difference?.detail ?? response.json.detail;
        assert.deepEqual(JSON.parse(answer.body), { detail });
      }
      assert.equal(events.length, status === 200 ? 1 : 0);
      if (difference === undefined && status === 200) comparePayload(payloadOf(events[0]!), known);
    });
  }
});

/** Forms are objects here and text there; JSON is what JSON.parse makes of it. */
/** As the flow gets it: parsed before the event was stored, or from the stored bytes. */
function payloadOf({ event, options }: Setup['accepted'][number]): unknown {
  if (options.parsed !== null) return options.parsed.payload;
  return parsePayload(event.body, event.request.headers, { maxDecodedBytes: 10_000_000 });
}

function comparePayload(payload: unknown, { id, events: [expected] }: any): void {
  if (PAYLOAD_DIFFERS[id] !== undefined) return;
  assert.deepEqual(plain(payload), expected.js_expected ?? expected.payload);
}

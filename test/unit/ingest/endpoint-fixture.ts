import { createHmac } from 'node:crypto';
import type { NewEvent, Rejection } from '../../../src/events/event';
import { AddressLimit } from '../../../src/ingest/address-limit';
import { ByteBudget } from '../../../src/ingest/byte-budget';
import { createEndpoint, type Endpoint, type EndpointSettings } from '../../../src/ingest/endpoint';
import type { Accepted, SinkOptions } from '../../../src/ingest/event-sink';
import type { IncomingRequest } from '../../../src/ingest/request';
import type { Logger } from '../../../src/shared/logger';
import { genericScheme } from '../../../src/signature/generic';
import { SIGNATURE_DEFAULTS } from '../../../src/signature/options';
import { createFakeClock, type FakeClock } from '../../support/fake-clock';

export const SECRET = 'a secret for tests';

export const SETTINGS: EndpointSettings = {
  key: '/hooks/orders',
  name: 'hooks_orders',
  enabled: true,
  methods: ['POST', 'PUT', 'PATCH', 'DELETE', 'GET'],
  provider: 'generic',
  scheme: genericScheme(SIGNATURE_DEFAULTS),
  secrets: { current: SECRET },
  handshakes: [],
  envelope: null,
  capturesSecret: false,
  settings: {},
  jwksUrl: '',
  publicUrl: '',
  toleranceSeconds: null,
  deliveryId: null,
  eventType: null,
  dedup: null,
  dedupWindowMs: 1000,
  ack: null,
  ackStatus: 200,
  response: { kind: 'received' },
  rateLimit: null,
  maxBodyBytes: 1000,
  allowedIps: [],
  proxyHops: 0,
  redactHeaders: [],
};

export interface Setup {
  readonly endpoint: Endpoint;
  readonly clock: FakeClock;
  readonly budget: ByteBudget;
  readonly accepted: { readonly event: NewEvent; readonly options: SinkOptions }[];
  readonly rejected: Omit<Rejection, 'id'>[];
  readonly logged: string[];
  /** Events whose sender does not wait any more. */
  readonly released: string[];
  /** What the store answers. */
  sink: (event: NewEvent) => Promise<Accepted>;
}

/** An endpoint whose sink and log are recorded. */
export function setUp(
  changes: Partial<EndpointSettings> = {},
  budgetBytes = 10_000,
  addresses = new AddressLimit(),
): Setup {
  const clock = createFakeClock();
  const budget = new ByteBudget(budgetBytes);
  const setup = {
    clock,
    budget,
    accepted: [] as Setup['accepted'],
    rejected: [] as Setup['rejected'],
    logged: [] as string[],
    released: [] as string[],
    sink: (event: NewEvent): Promise<Accepted> =>
      Promise.resolve({ kind: 'received', eventId: event.id }),
  };
  const say = (level: string) => (message: string) =>
    void setup.logged.push(`${level}: ${message}`);
  const logger: Logger = {
    debug: say('debug'),
    info: say('info'),
    warn: say('warn'),
    error: say('error'),
  };
  const endpoint = createEndpoint(
    { ...SETTINGS, ...changes },
    {
      clock,
      budget,
      addresses,
      logger,
      rejections: (rejection) => void setup.rejected.push(rejection),
      countRejection: () => undefined,
      countHandshake: () => undefined,
      sink: {
        accept: (event, options) => {
          setup.accepted.push({ event, options });
          return setup.sink(event);
        },
        release: (eventId) => void setup.released.push(eventId),
      },
    },
  );
  return Object.assign(setup, { endpoint });
}

/** A request that is in order: signed, JSON. */
export function validRequest(
  body: string | Buffer = '{"order":7}',
  headers: Record<string, string> = {},
): IncomingRequest {
  const bytes = Buffer.from(body);
  const all: Record<string, string> = {
    'content-type': 'application/json',
    'content-length': String(bytes.length),
    'x-hub-signature-256': `sha256=${createHmac('sha256', SECRET).update(bytes).digest('hex')}`,
    ...headers,
  };
  return {
    method: 'POST',
    url: '/hooks/orders',
    headers: all,
    rawHeaders: Object.entries(all).flat(),
    remoteAddress: '192.0.2.7',
    body: bytes,
  };
}

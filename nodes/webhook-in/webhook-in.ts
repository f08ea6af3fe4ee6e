import type { Node, NodeAPI } from 'node-red';
import type { EventStore } from '../../src/events/event-store';
import { AddressLimit } from '../../src/ingest/address-limit';
import { ByteBudget } from '../../src/ingest/byte-budget';
import { createEndpoint, type Endpoint } from '../../src/ingest/endpoint';
import { parsePattern } from '../../src/ingest/path-pattern';
import { systemClock } from '../../src/shared/clock';
import { errorText } from '../../src/shared/errors';
import { capturedSecret } from '../shared/runtime/captured-secrets';
import { attachDelivery } from '../shared/runtime/attach-delivery';
import { attachStore } from '../shared/runtime/attach-store';
import { confirm, keySource } from '../shared/runtime/key-source';
import { defineNode } from '../shared/runtime/define-node';
import { historyOf } from '../shared/runtime/history-of';
import { nodeLogger } from '../shared/runtime/http/node-logger';
import type { MountState } from '../shared/runtime/http/endpoint-server';
import { nodeRedServer } from '../shared/runtime/http/node-red-server';
import { showStatus } from '../shared/runtime/node-status';
import { metersOf } from '../shared/runtime/meters-of';
import { rejectionSink } from '../shared/runtime/http/rejection-sink';
import { endpointPlace, showListener, type EndpointPlace } from './endpoint-place';
import { endpointSettings, type WebhookInCredentials } from './endpoint-settings';
import { endpointProblem, type EndpointProblem } from './endpoint-status';
import { handshakesSeen } from './handshakes-seen';
import { secretsChanged } from './secret-changes';
import { publishTest } from './test-event';
import { CREDENTIALS, FIELDS, nameOf, TYPE, type WebhookInConfig } from './webhook-in.config';

/** Bytes of requests that all endpoints together hold in memory until they are stored. */
const budget = new ByteBudget(128 * 1024 * 1024);
const addresses = new AddressLimit();

/** Receives webhooks: verified, stored, then handed to the flow. */
export default function register(RED: NodeAPI): void {
  // At load time: the endpoints of the last run must not be 404 until the flows start.
  nodeRedServer(RED);
  defineNode<WebhookInConfig>(RED, {
    type: TYPE,
    fields: FIELDS,
    credentials: CREDENTIALS,
    start: (node, config) => start(RED, node, config),
    failed: (node, saved) => mountBroken(RED, node, saved),
  });
}

/** Fails closed (G4): the path of an endpoint that can't work answers 500, as long as it is a path. */
function mountBroken(RED: NodeAPI, node: Node, saved: Record<string, unknown>): void {
  const path = FIELDS.path.read(saved['path']);
  const methods = FIELDS.methods.read(saved['methods']) ?? FIELDS.methods.value;
  if (path === undefined) return;
  const listener = FIELDS.listener.read(saved['listener'] ?? '') ?? '';
  const pattern = parsePattern(path);
  try {
    const { server } = endpointPlace(RED, { listener, path, methods }, pattern);
    const unused = { onState: (): void => undefined, canStore: () => true };
    server.mount({ owner: node.id, pattern, methods, endpoint: null, ...unused });
    node.on('close', () => server.suspend(node.id));
  } catch {
    // It has no place to answer at.
  }
}

function start(RED: NodeAPI, node: Node, config: WebhookInConfig): void {
  const pattern = parsePattern(config.path);
  const place = endpointPlace(RED, config, pattern);
  const credentials = (node.credentials ?? {}) as WebhookInCredentials;
  const { redactHeaders } = historyOf(RED, config.history);
  // First what can be wrong: a node that can't work has nothing to deliver.
  const proxyHops = config.proxyHops || place.proxyHops;
  const settings = endpointSettings({ ...config, proxyHops }, credentials, redactHeaders);
  const described = { ...config, name: nameOf(config) };
  const delivery = attachDelivery(RED, node, described, () => handshakesSeen(endpoint));
  const store = attachStore(RED, node, config.history);
  const meters = metersOf(RED);
  if (secretsChanged(node.id, settings)) forgetMatches(node, store, settings.key);
  const endpoint: Endpoint = createEndpoint(settings, {
    sink: delivery,
    rejections: rejectionSink(node, store),
    countRejection: (cause) => meters.rejected(settings.key, cause),
    countHandshake: (outcome) => meters.shookHands(settings.key, outcome),
    budget,
    addresses,
    clock: systemClock,
    logger: nodeLogger(node),
    keySource: keySource(),
    confirm,
    captured: capturedSecret(RED, node, settings),
  });
  const showState = stateDisplay(RED, node, { path: config.path, endpoint, place });
  showListener(RED, node, config.listener);
  place.server.mount({
    owner: node.id,
    pattern,
    methods: [...config.methods, ...(endpoint.handshakes?.methods ?? [])],
    endpoint,
    canStore: () => store.canStore,
    onState: (state) => {
      const held = state.kind === 'conflict' ? state.held : config.methods;
      delivery.serve(config.methods.filter((method) => held.includes(method)));
      showState(state);
    },
  });
  publishTest(RED, node, { endpoint, pattern, address: place.address });
  node.on('close', (done: () => void) => {
    place.server.suspend(node.id);
    // What is received by now is answered, and on disk if the flow did not get it.
    const flushed = place.server.flushed();
    void flushed.then(() => delivery.settled()).then(done, done);
  });
}

/** When the secrets before last matched says nothing about these. */
function forgetMatches(node: Node, store: EventStore, endpoint: string): void {
  store.forgetSecretMatches(endpoint).catch((thrown: unknown) => {
    node.debug(`When the old secrets matched was not forgotten: ${errorText(thrown)}`);
  });
}

/** Shows at the node what is wrong, and warns when that has changed since the last start of the flows. */
function stateDisplay(
  RED: NodeAPI,
  node: Node,
  { path, endpoint, place }: { path: string; endpoint: Endpoint; place: EndpointPlace },
): (state: MountState) => void {
  let shown: string | undefined;
  let mount: MountState = { kind: 'open' };
  const show = (): void => {
    const { isWaiting, secret } = endpoint.verification;
    const problem = endpointProblem(endpoint.settings, {
      mount,
      isWaiting,
      hasSecret: secret !== null,
      hasNodeAuth: place.hasNodeAuth,
    });
    if (problem?.status === shown) return;
    shown = problem?.status;
    if (problem === undefined) showStatus(node, 'endpoint', null);
    else showEndpointProblem(RED, node, path, problem);
  };
  endpoint.verification.onCapture = show;
  return (state) => {
    mount = state;
    show();
  };
}

function showEndpointProblem(
  RED: NodeAPI,
  node: Node,
  path: string,
  { status, fill, method = '', setting = '' }: EndpointProblem,
): void {
  const words = { method, setting, path };
  const text = RED._(`webhook-in.status.${status}`, words);
  showStatus(node, 'endpoint', { fill, shape: 'ring', text });
  node.warn(RED._(`webhook-in.warning.${status}`, words));
}

import type { Node, NodeAPI } from 'node-red';
import type { Endpoint } from '../../src/ingest/endpoint';
import type { PathPattern } from '../../src/ingest/path-pattern';
import { redactUrl } from '../../src/ingest/redact';
import { rejectedHeaders } from '../../src/ingest/rejected-headers';
import { testRequest, type TestSigning } from '../../src/ingest/test-request';
import { errorText, WebhookError } from '../../src/shared/errors';
import { newId } from '../../src/shared/ids';
import { SAMPLES } from '../../src/signature/providers/samples';
import { GENERAL_SAMPLE } from '../../src/signature/sample';
import type { OwnServer } from '../shared/runtime/http/own-address';
import { sendToSelf, type Received } from '../shared/runtime/http/send-request';
import { issueTestMark, TEST_HEADER } from '../shared/runtime/http/test-marks';
import { testEventsOf } from '../shared/runtime/test-events';
import type { TestReport } from '../shared/test-report';

/** An endpoint, and how it is reached from this machine. */
export interface TestableEndpoint {
  readonly endpoint: Endpoint;
  readonly pattern: PathPattern;
  readonly address: () => OwnServer | null;
}

type Signed = Extract<TestSigning, { ok: true }>;

/** For the admin API: the endpoint as it is deployed, and no other, can be tested. */
export function publishTest(RED: NodeAPI, node: Node, endpoint: TestableEndpoint): void {
  const testEvents = testEventsOf(RED);
  const send = (): Promise<TestReport> => sendTestEvent(endpoint);
  testEvents.set(node.id, send);
  node.on('close', () => {
    if (testEvents.get(node.id) === send) testEvents.delete(node.id);
  });
}

/**
 * Sends a sample of the endpoint's sender to the endpoint, signed with its own secret, through its own
 * HTTP server. Nothing of it comes from a browser but the wish. Rejects with `not-testable`, in words.
 */
async function sendTestEvent({
  endpoint,
  pattern,
  address,
}: TestableEndpoint): Promise<TestReport> {
  const own = address();
  if (own === null) throw notTestable('No port is open for the endpoint now.');
  const { clock } = endpoint.tools;
  const sample = SAMPLES[endpoint.settings.provider] ?? GENERAL_SAMPLE;
  const tools = { nowMs: clock.now(), newId: () => newId(clock.now()) };
  const signed = await testRequest(endpoint, pattern, sample, own, tools);
  if (!signed.ok) throw notTestable(whyNot(signed));
  let eventId: string | null = null;
  const mark = issueTestMark({ stored: (id) => (eventId = id) });
  const { method, headers, body } = signed.request;
  const marked = { ...headers, host: own.host, [TEST_HEADER]: mark.value };
  try {
    const answer = await sendToSelf(
      {
        ...{ secure: own.secure, hostname: own.name, port: own.port, method },
        path: own.root + signed.target,
        headers: { ...marked, 'content-length': String(body.length) },
      },
      body,
    );
    return report(endpoint, signed, answer, eventId);
  } catch (thrown) {
    throw notTestable(`The endpoint did not answer: ${errorText(thrown)}`);
  } finally {
    mark.withdraw();
  }
}

/** What a browser may see of it: no secret, and no signature. */
function report(
  { redacted, redactedQuery, redactBody }: Endpoint,
  { request, target }: Signed,
  answer: Received,
  eventId: string | null,
): TestReport {
  const body = Buffer.from(request.body);
  return {
    eventId,
    request: {
      method: request.method,
      url: redactUrl(target, redactedQuery),
      headers: rejectedHeaders(request.headers, redacted),
      body: (redactBody?.(body) ?? body).toString('utf8'),
    },
    answer,
  };
}

const WHY_NOT = {
  'no-secret': 'The endpoint has no secret to sign with.',
  'private-key': 'Only the sender can sign: it has the private key, this endpoint the public one.',
  certificate: 'Only the sender can sign: it has the private key of its certificate.',
} as const;

function whyNot(refused: Extract<TestSigning, { ok: false }>): string {
  return refused.why === 'other'
    ? `A sample can't be signed for this scheme: ${refused.problem}`
    : WHY_NOT[refused.why];
}

function notTestable(words: string): WebhookError {
  return new WebhookError('not-testable', words);
}

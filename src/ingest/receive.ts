import { Readable } from 'node:stream';
import type { NewEvent, Rejection } from '../events/event';
import {
  ContentDecodingError,
  formFields,
  isParsedAtOnce,
  parsePayload,
  type PayloadLimits,
} from '../events/payload';
import { newId } from '../shared/ids';
import type { SignedRequest, Verdict } from '../signature/scheme';
import { acknowledge } from './acknowledgement';
import { PendingAnswer } from './await-outcome';
import { readBody, type BodyLimits, type BodyResult } from './body-reader';
import { clientAddress, isListed, isOwnNetwork } from './client-address';
import { maxDecodedBytes, type Endpoint } from './endpoint';
import type { Accepted, SinkOptions } from './event-sink';
import { locate } from './locate';
import { senderUrl } from './public-url';
import { redactHeaders, redactUrl } from './redact';
import { rejectedHeaders } from './rejected-headers';
import {
  addressLimited,
  addressNotAllowed,
  BODY_REFUSALS,
  decodingRefusal,
  disabled,
  rateLimited,
  sealed,
  signatureRefusal,
  storeRefusal,
  type Refused,
} from './refusals';
import {
  declaredBytes,
  detailAnswer,
  methodNotAllowed,
  type Answer,
  type IncomingRequest,
} from './request';
import { storedKey } from './stored-key';

const BODY_STALL_MS = 10_000;
const BODY_TOTAL_MS = 120_000;
const MAX_REJECTED_PATH = 512;

/** A request of a known endpoint, as far as it is known before its body is read. */
interface Arrival {
  readonly endpoint: Endpoint;
  readonly request: IncomingRequest;
  readonly params: Readonly<Record<string, string>>;
  readonly path: string;
  readonly ip: string;
  readonly atMs: number;
}

/** An event that is stored, and whose sender waits for more. */
interface Stored {
  readonly accepted: Accepted;
  readonly pending: PendingAnswer;
}

type Verified = Extract<Verdict, { ok: true }>;

/**
 * Receives one request: the checks in the order of DESIGN section 6, then stored, then answered.
 * Null: the client went away, or the flow has answered. Never rejects because of a request.
 */
export async function receive(
  endpoint: Endpoint,
  request: IncomingRequest,
  params: Readonly<Record<string, string>>,
): Promise<Answer | null> {
  const arrival = arrive(endpoint, request, params);
  const early = refuseUnread(arrival);
  if (early !== null) return refuse(arrival, early);
  const body = await bodyOf(arrival);
  if (body.kind === 'aborted') return null;
  if (body.kind !== 'complete') {
    if (body.kind !== 'overloaded') charge(arrival);
    return refuse(arrival, BODY_REFUSALS[body.kind]);
  }
  let stored: Answer | Stored;
  try {
    stored = await receiveBody(arrival, body.bytes);
  } finally {
    endpoint.tools.budget.give(body.bytes.length);
  }
  return 'pending' in stored ? answerLater(arrival, stored) : stored;
}

/** The path of a request target, without its query. */
export function pathOf(url: string): string {
  const query = url.indexOf('?');
  return query === -1 ? url : url.slice(0, query);
}

function arrive(
  endpoint: Endpoint,
  request: IncomingRequest,
  params: Readonly<Record<string, string>>,
): Arrival {
  const { proxyHops } = endpoint.settings;
  const ip = clientAddress(request.remoteAddress, request.headers['x-forwarded-for'], proxyHops);
  const atMs = endpoint.tools.clock.now();
  return { endpoint, request, params, path: pathOf(request.url), ip, atMs };
}

function refuseUnread({ endpoint, ip, atMs }: Arrival): Refused | null {
  if (!endpoint.settings.enabled) return disabled;
  if (endpoint.allowed !== null && !isListed(endpoint.allowed, ip)) return addressNotAllowed;
  const waitSeconds = endpoint.tools.addresses.waitSeconds(ip, atMs);
  return waitSeconds > 0 ? addressLimited(waitSeconds) : null;
}

/** A bad request costs its address something, unless that is a proxy which nobody told us of. */
function charge({ endpoint, ip }: Arrival): void {
  const { settings, tools } = endpoint;
  if (settings.proxyHops === 0 && isOwnNetwork(ip)) return;
  tools.addresses.charge(ip, tools.clock.now());
}

function bodyOf({ endpoint, request }: Arrival): Promise<BodyResult> | BodyResult {
  const { maxBodyBytes } = endpoint.settings;
  const { clock, budget } = endpoint.tools;
  if (!(request.body instanceof Readable)) {
    if (request.body.length > maxBodyBytes) return { kind: 'too-large' };
    if (!budget.tryTake(request.body.length)) return { kind: 'overloaded' };
    return { kind: 'complete', bytes: request.body };
  }
  const limits: BodyLimits = {
    maxBytes: maxBodyBytes,
    stallMs: BODY_STALL_MS,
    totalMs: BODY_TOTAL_MS,
  };
  return readBody(request.body, declaredBytes(request.headers), limits, { clock, budget });
}

async function receiveBody(arrival: Arrival, bytes: Buffer): Promise<Answer | Stored> {
  const { endpoint, request } = arrival;
  const { publicUrl, proxyHops } = endpoint.settings;
  const signed: SignedRequest = {
    method: request.method,
    ...senderUrl(publicUrl, proxyHops, request),
    headers: request.headers,
    rawHeaders: request.rawHeaders,
    body: bytes,
  };
  const opened = endpoint.openEnvelope === null ? bytes : endpoint.openEnvelope(bytes);
  const handshake = endpoint.handshakes?.answer({ ...signed, body: opened ?? bytes }) ?? null;
  const outcome = handshake === null ? null : await handshake;
  if (outcome?.kind === 'refused') {
    if (outcome.refused.status < 500) charge(arrival);
    return refuse(arrival, outcome.refused, bytes.length);
  }
  if (outcome !== null) return outcome.answer;
  if (!endpoint.settings.methods.includes(request.method)) {
    return methodNotAllowed(endpoint.settings.methods);
  }
  const checked = endpoint.verification.verify(signed);
  const verdict = checked instanceof Promise ? await checked : checked;
  if (!verdict.ok) {
    if (verdict.refusal !== 'key-unavailable') charge(arrival);
    return refuse(arrival, refusalOf(verdict, endpoint, signed), bytes.length);
  }
  const waitSeconds = endpoint.rateLimit?.take(endpoint.tools.clock.now()) ?? 0;
  if (waitSeconds > 0) return refuse(arrival, rateLimited(waitSeconds), bytes.length);
  if (opened === null) return refuse(arrival, sealed, bytes.length);
  return decodeAndStore(arrival, verdict, endpoint.redactBody?.(opened) ?? opened);
}

function refusalOf(
  verdict: Extract<Verdict, { ok: false }>,
  { signatureHeader, signatureHeaderKey, doctor, verification }: Endpoint,
  request: SignedRequest,
): Refused {
  const value = signatureHeaderKey === null ? undefined : request.headers[signatureHeaderKey];
  const isSigned = typeof value === 'string' && value.trim() !== '';
  const refused = signatureRefusal(verdict, signatureHeader, isSigned);
  const advice = doctor.advice(verdict, request, verification.secret);
  return { ...refused, detail: refused.detail + advice };
}

async function decodeAndStore(
  arrival: Arrival,
  verdict: Verified,
  body: Buffer,
): Promise<Answer | Stored> {
  // Only set-cookie is a list, and it says nothing about a body.
  const headers = arrival.request.headers as Readonly<Record<string, string>>;
  const { settings, tools } = arrival.endpoint;
  let parsed: SinkOptions['parsed'] = null;
  try {
    if (arrival.endpoint.readsPayload || !isParsedAtOnce(headers)) {
      parsed = { payload: await parsePayload(body, headers, limitsOf(arrival.endpoint)) };
    }
  } catch (thrown) {
    if (!(thrown instanceof ContentDecodingError)) throw thrown;
    return refuse(arrival, decodingRefusal(thrown.problem), body.length);
  }
  const event = newEvent(arrival, verdict, body, parsed?.payload);
  try {
    const pending = pendingAnswer(arrival);
    const options = { ...sinkOptions(arrival, parsed), sender: pending?.sender ?? null };
    const accepted = await tools.sink.accept(event, options);
    arrival.request.test?.stored(accepted.eventId);
    if (pending !== null && accepted.kind !== 'duplicate') return { accepted, pending };
    return acknowledge(accepted, settings.ack, settings.ackStatus, arrival.atMs);
  } catch (thrown) {
    return refuse(arrival, storeRefusal(thrown), body.length);
  }
}

function pendingAnswer({ endpoint, request }: Arrival): PendingAnswer | null {
  const { response } = endpoint.settings;
  if (response.kind === 'received' || request.response === undefined) return null;
  return new PendingAnswer(response, request.response());
}

async function answerLater(
  { endpoint, atMs }: Arrival,
  { accepted, pending }: Stored,
): Promise<Answer | null> {
  const { settings, tools } = endpoint;
  const ack = { fixed: settings.ack, status: settings.ackStatus, receivedAtMs: atMs };
  try {
    return await pending.answer(accepted, ack, tools.clock);
  } finally {
    tools.sink.release(accepted.eventId);
  }
}

function limitsOf({ settings }: Endpoint): PayloadLimits {
  return { maxDecodedBytes: maxDecodedBytes(settings.maxBodyBytes) };
}

function sinkOptions(
  { endpoint, request }: Arrival,
  parsed: SinkOptions['parsed'],
): Omit<SinkOptions, 'sender'> {
  const { dedup, dedupWindowMs } = endpoint.settings;
  const key = dedup === null ? null : locate(dedup, request.headers, parsed?.payload);
  return {
    dedup: key === null ? null : { key: storedKey(key), windowMs: dedupWindowMs },
    parsed,
  };
}

function newEvent(
  { endpoint, request, params, path, ip, atMs }: Arrival,
  { secret }: Verified,
  body: Uint8Array,
  payload: unknown,
): NewEvent {
  const { settings } = endpoint;
  const { method, headers } = request;
  const url = redactUrl(request.url, endpoint.redactedQuery);
  return {
    id: newId(atMs),
    endpoint: settings.key,
    name: settings.name,
    provider: settings.provider,
    eventType: settings.eventType && locate(settings.eventType, headers, payload),
    deliveryId: settings.deliveryId && locate(settings.deliveryId, headers, payload),
    receivedAtMs: atMs,
    verification: secret === null ? null : { scheme: settings.scheme.scheme, secret },
    request: {
      method,
      url,
      path,
      params,
      query: path.length === url.length ? {} : formFields(url.slice(path.length + 1)),
      headers: redactHeaders(headers, endpoint.redacted),
      ip,
      ...(request.clientCertificate && { clientCertificate: request.clientCertificate }),
    },
    body,
    replayOf: null,
    edited: false,
    test: request.test !== undefined,
  };
}

/** `bodyBytes`: of the body that was read; without it as many as were declared. */
function refuse(arrival: Arrival, refused: Refused, bodyBytes?: number): Answer {
  const { endpoint, atMs } = arrival;
  const { status, answer, retryAfterSeconds } = refused;
  endpoint.rejections.record(atMs, refused.cause, () => rejectionOf(arrival, refused, bodyBytes));
  return detailAnswer(
    status,
    answer,
    retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) },
  );
}

function rejectionOf(
  { endpoint, request, path, ip, atMs }: Arrival,
  { status, cause, detail }: Refused,
  bodyBytes: number | undefined,
): Omit<Rejection, 'id'> {
  return {
    atMs,
    endpoint: endpoint.settings.key,
    status,
    cause,
    detail,
    method: request.method,
    path: path.slice(0, MAX_REJECTED_PATH),
    ip,
    headers: rejectedHeaders(request.headers, endpoint.redacted),
    bodyBytes: bodyBytes ?? declaredBytes(request.headers),
  };
}

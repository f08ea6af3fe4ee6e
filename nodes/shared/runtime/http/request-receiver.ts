import type { IncomingMessage, ServerResponse } from 'node:http';
import type { NodeAPI } from 'node-red';
import { receive } from '../../../../src/ingest/receive';
import {
  detailAnswer,
  notReady,
  type Answer,
  type IncomingRequest,
} from '../../../../src/ingest/request';
import type { RouteMatch } from '../../../../src/ingest/routes';
import { systemClock } from '../../../../src/shared/clock';
import { errorText } from '../../../../src/shared/errors';
import type { Meters } from '../../../../src/metrics/meters';
import { metersOf } from '../meters-of';
import { answerCounted, countAnswered, type CountedRequest } from './counted-answer';
import type { Mount } from './endpoint-server';
import type { FlowPhases } from './flow-phase';

const RETRY_AFTER_SECONDS = 5;
/** A request whose body is still coming is not waited for longer than this. */
const FLUSH_MS = 2000;

const MISCONFIGURED = 'Endpoint not configured correctly';

/** What a server knows of a request beside its line and headers. Null: the body can't be read any more. */
export type RequestParts = Pick<
  IncomingRequest,
  'url' | 'root' | 'response' | 'clientCertificate'
> & {
  readonly body: IncomingRequest['body'] | null;
  readonly test: IncomingRequest['test'];
};

/** Has requests that were routed to an endpoint received, and answers them. */
export class RequestReceiver {
  readonly #RED: NodeAPI;
  readonly #phases: FlowPhases;
  readonly #meters: Meters;
  /** Requests that are being received, until they are answered. */
  readonly #answering = new Set<Promise<void>>();

  constructor(RED: NodeAPI, phases: FlowPhases) {
    this.#RED = RED;
    this.#phases = phases;
    this.#meters = metersOf(RED);
  }

  /**
   * `parts` are asked for only when the endpoint receives. A target of null is of the last run. `sinceMs`:
   * see `CountedRequest`.
   */
  answer(
    { route, params }: RouteMatch<Mount | null>,
    req: IncomingMessage,
    res: ServerResponse,
    sinceMs: number,
    parts: () => RequestParts,
  ): void {
    const { target } = route;
    const { phase } = this.#phases;
    const asked: CountedRequest = { req, res, sinceMs, target: 'endpoint' };
    if (target === null || phase === 'stopped' || phase === 'ending') {
      return answerCounted(this.#meters, asked, notReady(RETRY_AFTER_SECONDS));
    }
    if (target.endpoint === null) {
      return answerCounted(this.#meters, asked, detailAnswer(500, MISCONFIGURED));
    }
    const { body, test, ...rest } = parts();
    if (body === null) return this.#failed(asked, CONSUMED);
    const request = { ...lineOf(req), ...rest, body, ...(test !== undefined && { test }) };
    const answered = receive(target.endpoint, request, params).then(
      (answer) => {
        if (answer === null) countAnswered(this.#meters, asked);
        else answerCounted(this.#meters, asked, answer);
      },
      (thrown: unknown) => this.#failed(asked, errorText(thrown)),
    );
    this.#answering.add(answered);
    void answered.then(() => this.#answering.delete(answered));
  }

  /** See `EndpointServer`. */
  async flushed(): Promise<void> {
    if (this.#phases.phase !== 'ending') return;
    const late = new Promise<void>((resolve) => void systemClock.after(FLUSH_MS, resolve));
    await Promise.race([Promise.allSettled(this.#answering), late]);
  }

  /** Answers a request that no endpoint has to do with. */
  refuse(req: IncomingMessage, res: ServerResponse, sinceMs: number, answer: Answer): void {
    answerCounted(this.#meters, { req, res, sinceMs, target: 'unknown' }, answer);
  }

  #failed(asked: CountedRequest, problem: string): void {
    this.#RED.log.error(`[webhooks] A request was answered with 500: ${problem}`);
    answerCounted(this.#meters, asked, detailAnswer(500, 'Internal Server Error'));
  }
}

const CONSUMED =
  'its body was read before the webhook node could; look at httpNodeMiddleware, httpAdminMiddleware and httpNodeAuth in the settings file.';

function lineOf({
  method = 'GET',
  headers,
  rawHeaders,
  socket,
}: IncomingMessage): Pick<
  IncomingRequest,
  'method' | 'secure' | 'headers' | 'rawHeaders' | 'remoteAddress'
> {
  const remoteAddress = socket.remoteAddress ?? '';
  const secure = (socket as { encrypted?: boolean }).encrypted === true;
  return { method, secure, headers, rawHeaders, remoteAddress };
}

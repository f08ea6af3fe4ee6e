import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Answer } from '../../../../src/ingest/request';
import type { Meters, RequestTarget } from '../../../../src/metrics/meters';
import { sendAnswer } from './send-answer';

/** A request as the metrics know it. */
export interface CountedRequest {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  readonly target: RequestTarget;
  /** When its headers were there: `performance.now()`. */
  readonly sinceMs: number;
}

/** Answers a request that nothing else may have answered, and counts it. */
export function answerCounted(meters: Meters, request: CountedRequest, answer: Answer): void {
  sendAnswer(request.req, request.res, answer);
  countAnswered(meters, request);
}

/** Counts a request that is over: with the status that it was answered with, by whomever. */
export function countAnswered(meters: Meters, { res, target, sinceMs }: CountedRequest): void {
  const status = res.headersSent ? res.statusCode : null;
  meters.answered(target, status, performance.now() - sinceMs);
}

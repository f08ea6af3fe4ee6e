import { isRecord, parseJson } from '../shared/json';
import { requestWithRetries, type SyncContext } from './attempts';
import type { Connection } from './connection';
import type { AnswerBody } from './http-client';
import { ownValue } from './mapping/own-keys';
import type { Params } from './endpoint';
import { fetchRequest } from './request';
import { SyncError } from './sync-error';

/**
 * The data that an endpoint answers: the object or list at its response path, a scalar as `{value}`.
 * Throws a SyncError; an answer that is no JSON, or has nothing at the response path, is one too.
 */
export async function fetchData(
  connection: Connection,
  endpointName: string,
  params: Params,
  context: SyncContext,
): Promise<unknown> {
  const source = connection.endpoint(endpointName);
  const { endpoint } = source;
  const request = fetchRequest({ connection, endpoint, params, signal: context.signal });
  const answer = await requestWithRetries(connection, source, request, context);
  const data = atResponsePath(readJson(answer.body, endpointName), endpoint.responsePath);
  return typeof data === 'object' && data !== null ? data : { value: data };
}

function readJson(body: AnswerBody, endpointName: string): unknown {
  const source = `The answer of \`${endpointName}\``;
  if (body.complete) {
    const data = parseJson(body.text);
    if (data !== undefined) return data;
    throw new SyncError(`${source} is no JSON.`, { category: 'UNKNOWN' });
  }
  switch (body.reason) {
    case 'too-large':
      throw new SyncError(`${source} is too large.`, { category: 'VALIDATION' });
    case 'timeout':
      throw new SyncError(`${source} did not end in time.`, { category: 'TIMEOUT' });
    case 'cut':
      throw new SyncError(`${source} ended early.`, { category: 'NETWORK' });
  }
}

/** Dotted own keys of objects. A path does not apply to an answer that is a list or a scalar. */
function atResponsePath(data: unknown, path: string): unknown {
  if (path === '' || !isRecord(data)) return data;
  let value: unknown = data;
  for (const key of path.split('.')) {
    value = isRecord(value) ? ownValue(value, key) : undefined;
    if (value === undefined) {
      throw new SyncError(`The answer has no \`${path}\` (the endpoint's response path).`, {
        category: 'VALIDATION',
      });
    }
  }
  return value;
}

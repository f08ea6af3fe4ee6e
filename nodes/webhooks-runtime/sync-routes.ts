import type { NodeAPI } from 'node-red';
import type { Clock } from '../../src/shared/clock';
import { WebhookError } from '../../src/shared/errors';
import { silentLogger } from '../../src/shared/logger';
import { checkConnection, type ConnectionCheck } from '../../src/sync/check-connection';
import { parseReadPath, readPath } from '../../src/sync/mapping/path';
import { previewMapping, type MappingPreview } from '../../src/sync/mapping/preview-mapping';
import { SyncError } from '../../src/sync/sync-error';
import type { AdminRequest, AdminRoute } from '../shared/runtime/admin-routes';
import { connectionOf } from '../shared/runtime/connection-of';

/** A mapping is run while the editor waits, on the thread that serves everything: samples are small. */
const LONGEST_SAMPLE = 150_000;

/** The part of the admin API that helps to set up syncs; docs/API.md describes it. */
export function syncRoutes(RED: NodeAPI, clock: Clock): readonly AdminRoute[] {
  const running = new Map<string, Promise<ConnectionCheck>>();
  return [
    {
      method: 'post',
      path: '/connections/:id/test',
      permission: 'webhooks.write',
      answer: ({ params }) => {
        const id = params['id'] ?? '';
        // Two who press the button at once make one request.
        const check =
          running.get(id) ?? testConnection(RED, clock, id).finally(() => running.delete(id));
        running.set(id, check);
        return check;
      },
    },
    {
      method: 'post',
      path: '/mappings/preview',
      permission: 'webhooks.write',
      answer: async ({ body }) => Promise.resolve(preview(body)),
    },
  ];
}

/** Of the deployed connection: a stored secret never goes to a URL that a browser names. */
async function testConnection(RED: NodeAPI, clock: Clock, id: string): Promise<ConnectionCheck> {
  const node = RED.nodes.getNode(id) as { type?: string } | null | undefined;
  if (node?.type !== 'apilinker-connection') {
    throw new WebhookError('not-found', 'The connection is not deployed.');
  }
  const startedAtMs = clock.now();
  try {
    const context = { clock, logger: silentLogger, signal: undefined };
    return await checkConnection(connectionOf(RED, id), context);
  } catch (thrown) {
    if (!(thrown instanceof SyncError)) throw thrown;
    const { category, message } = thrown;
    const durationMs = clock.now() - startedAtMs;
    return { result: 'failed', request: '', status: null, category, message, durationMs };
  }
}

function preview({ fields, sample, property }: AdminRequest['body']): MappingPreview {
  if (!Array.isArray(fields)) throw new WebhookError('bad-config', '`fields` must be a list.');
  if (sample === undefined) throw new WebhookError('bad-config', '`sample` is missing.');
  if (JSON.stringify(sample).length > LONGEST_SAMPLE) {
    throw new WebhookError('bad-config', `The sample is longer than ${LONGEST_SAMPLE} characters.`);
  }
  const data =
    typeof property === 'string' ? readPath({ payload: sample }, parseReadPath(property)) : sample;
  if (data === null)
    throw new WebhookError('bad-config', `The sample has no \`${property as string}\`.`);
  return previewMapping(fields as unknown[], data);
}

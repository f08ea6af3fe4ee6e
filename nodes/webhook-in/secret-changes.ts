import { createHmac, randomBytes } from 'node:crypto';
import type { EndpointSettings } from '../../src/ingest/endpoint';

/** Of this process: what is remembered of a secret tells nobody anything. */
const key = randomBytes(32);
const known = new Map<string, string>();

/** Whether the secrets of a node are others than when it was last started in this process. */
export function secretsChanged(nodeId: string, { secrets }: EndpointSettings): boolean {
  const texts = JSON.stringify([secrets?.current ?? null, secrets?.previous ?? null]);
  const digest = createHmac('sha256', key).update(texts).digest('base64');
  const before = known.get(nodeId);
  known.set(nodeId, digest);
  return before !== undefined && before !== digest;
}

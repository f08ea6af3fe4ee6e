import { join } from 'node:path';
import type { Node, NodeAPI } from 'node-red';
import type { CapturedSecret } from '../../../src/ingest/captured-secret';
import type { EndpointSettings } from '../../../src/ingest/endpoint';
import { errorText } from '../../../src/shared/errors';
import { isMissingSecret } from '../../../src/signature/secrets';
import { SecretFile } from './secret-file';

const files = new Map<string, SecretFile>();

/**
 * Where an endpoint keeps the secret that its sender sends: a file of ours, since Node-RED saves
 * credentials only at a deploy. It belongs to the node and its path. A secret that is entered at the
 * node ends it: so a user can make the endpoint wait for another one.
 */
export function capturedSecret(
  RED: NodeAPI,
  node: Node,
  settings: EndpointSettings,
): CapturedSecret {
  const { userDir, credentialSecret } = RED.settings as {
    userDir?: string;
    credentialSecret?: unknown;
  };
  if (userDir === undefined) return NOWHERE;
  const path = join(userDir, 'webhooks', 'captured-secrets.json');
  const file = files.get(path) ?? new SecretFile(path, credentialSecret);
  files.set(path, file);
  const name = `${node.id}:${settings.key}`;
  if (!isMissingSecret(settings.secrets?.current)) {
    file.remove(name).catch((thrown: unknown) => node.warn(errorText(thrown)));
  }
  return { read: () => file.read(name), write: (secret) => file.write(name, secret) };
}

const NOWHERE: CapturedSecret = {
  read: () => null,
  write: () => Promise.reject(new Error('there is no user directory to keep the secret in')),
};

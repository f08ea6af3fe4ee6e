import { isMissingSecret } from '../../src/signature/secrets';
import type { MountState } from '../shared/runtime/http/node-red-server';
import type { WebhookInCredentials } from './endpoint-settings';
import type { WebhookInConfig } from './webhook-in.config';

/** What a user should see at the node; `status` is a key of the locale file. */
export interface EndpointProblem {
  readonly status: 'conflict' | 'noSecret' | 'coreRoute' | 'httpNodeAuth' | 'unverified';
  readonly fill: 'red' | 'yellow';
  readonly method?: string;
}

/** The worst thing that can be said about an endpoint; undefined: nothing. */
export function endpointProblem(
  { provider }: WebhookInConfig,
  { secret }: WebhookInCredentials,
  state: MountState,
  hasNodeAuth: boolean,
): EndpointProblem | undefined {
  if (state.kind === 'conflict') return { status: 'conflict', fill: 'red', method: state.method };
  if (provider !== 'none' && isMissingSecret(secret)) return { status: 'noSecret', fill: 'red' };
  if (state.kind === 'core-route') {
    return { status: 'coreRoute', fill: 'yellow', method: state.method };
  }
  if (hasNodeAuth) return { status: 'httpNodeAuth', fill: 'yellow' };
  if (provider === 'none') return { status: 'unverified', fill: 'yellow' };
  return undefined;
}

import type { EndpointSettings } from '../../src/ingest/endpoint';
import { findProvider } from '../../src/signature/catalogue';
import { isMissingSecret } from '../../src/signature/secrets';
import { needsSecret } from '../../src/signature/verify';
import type { MountState } from '../shared/runtime/http/endpoint-server';

/** What a user should see at the node; `status` is a key of the locale file. */
export interface EndpointProblem {
  readonly status:
    | 'conflict'
    | 'noSecret'
    | 'noSetting'
    | 'waitsForSecret'
    | 'coreRoute'
    | 'httpNodeAuth'
    | 'unverified';
  readonly fill: 'red' | 'yellow' | 'blue';
  readonly method?: string;
  /** The label of a setting that is missing. */
  readonly setting?: string;
}

/** What an endpoint has beside its settings. */
export interface EndpointState {
  readonly mount: MountState;
  /** Its secret comes with the sender's next handshake. */
  readonly isWaiting: boolean;
  readonly hasSecret: boolean;
  readonly hasNodeAuth: boolean;
}

/** The worst thing that can be said about an endpoint; undefined: nothing. */
export function endpointProblem(
  settings: EndpointSettings,
  { mount, isWaiting, hasSecret, hasNodeAuth }: EndpointState,
): EndpointProblem | undefined {
  if (mount.kind === 'conflict') return { status: 'conflict', fill: 'red', method: mount.method };
  if (isWaiting) return { status: 'waitsForSecret', fill: 'blue' };
  if (needsSecret(settings.scheme, settings) && !hasSecret) {
    return { status: 'noSecret', fill: 'red' };
  }
  const setting = missingSetting(settings);
  if (setting !== undefined) return { status: 'noSetting', fill: 'red', setting };
  if (mount.kind === 'core-route') {
    return { status: 'coreRoute', fill: 'yellow', method: mount.method };
  }
  if (hasNodeAuth) return { status: 'httpNodeAuth', fill: 'yellow' };
  if (settings.scheme.scheme === 'none') return { status: 'unverified', fill: 'yellow' };
  return undefined;
}

function missingSetting({ provider, settings }: EndpointSettings): string | undefined {
  const needed = findProvider(provider)?.settings.filter(({ required }) => required !== false);
  return needed?.find(({ key }) => isMissingSecret(settings[key]))?.label;
}

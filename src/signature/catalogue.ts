import type { Provider } from './provider';
import { ALL_PROVIDERS } from './providers/all';

/** The senders that are known by name. */
export const PROVIDERS: readonly Provider[] = ALL_PROVIDERS;

const BY_ID: ReadonlyMap<string, Provider> = new Map(PROVIDERS.map((p) => [p.id, p]));

/** The provider with this id, or undefined: `generic`, `custom`, `none` and unknown ids have none. */
export function findProvider(id: string): Provider | undefined {
  return BY_ID.get(id);
}

import { ALL_PROVIDERS } from './providers/all';
import type { Provider } from './scheme';

/** The senders that are known by name; data only, since the edit dialog imports it, too. */
export const PROVIDERS: readonly Provider[] = ALL_PROVIDERS;

/** The provider with this id, or undefined: `generic`, `custom`, `none` and unknown ids have none. */
export function findProvider(id: string): Provider | undefined {
  return PROVIDERS.find((provider) => provider.id === id);
}

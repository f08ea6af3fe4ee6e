import type { Provider } from '../scheme';
import { github } from './github';
import { stripe } from './stripe';

/** In the order of the drop-down: by name. */
export const ALL_PROVIDERS: readonly Provider[] = [github, stripe];

// Written by scripts/generate-catalogue.mjs from scripts/catalogue/providers.json: change that file.
import type { Provider } from '../provider';
import { AI_PROVIDERS } from './ai';
import { CODE_PROVIDERS } from './code';
import { COMMERCE_PROVIDERS } from './commerce';
import { CONTENT_PROVIDERS } from './content';
import { DATA_PROVIDERS } from './data';
import { EMAIL_PROVIDERS } from './email';
import { IDENTITY_PROVIDERS } from './identity';
import { MESSAGING_PROVIDERS } from './messaging';
import { OPS_PROVIDERS } from './ops';
import { PAYMENTS_PROVIDERS } from './payments';
import { RELAY_PROVIDERS } from './relay';
import { STORAGE_PROVIDERS } from './storage';
import { WORK_PROVIDERS } from './work';

/** In the order of the drop-down: by name. */
export const ALL_PROVIDERS: readonly Provider[] = [
  ...CODE_PROVIDERS,
  ...PAYMENTS_PROVIDERS,
  ...RELAY_PROVIDERS,
  ...IDENTITY_PROVIDERS,
  ...EMAIL_PROVIDERS,
  ...AI_PROVIDERS,
  ...WORK_PROVIDERS,
  ...DATA_PROVIDERS,
  ...COMMERCE_PROVIDERS,
  ...MESSAGING_PROVIDERS,
  ...CONTENT_PROVIDERS,
  ...STORAGE_PROVIDERS,
  ...OPS_PROVIDERS,
].sort((a, b) => a.name.localeCompare(b.name, 'en'));

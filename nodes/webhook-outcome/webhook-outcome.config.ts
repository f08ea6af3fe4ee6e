import { choice, text, type Fields } from '../shared/config-fields';

export const TYPE = 'webhook-outcome';

export const REASON_TYPES = ['str', 'msg', 'flow', 'global', 'jsonata', 'env'] as const;

export interface WebhookOutcomeConfig {
  readonly name: string;
  /** How the attempt ends; `permanent`: a failure that no retry can cure. */
  readonly outcome: 'success' | 'failure' | 'permanent';
  /** Of a failure. Empty: the error that came before it. */
  readonly reason: string;
  /** What `reason` is: the text itself, or where it is found. */
  readonly reasonType: (typeof REASON_TYPES)[number];
}

export const FIELDS: Fields<WebhookOutcomeConfig> = {
  name: text(),
  outcome: choice(['success', 'failure', 'permanent'], 'success'),
  reason: text(),
  reasonType: choice(REASON_TYPES, 'str'),
};

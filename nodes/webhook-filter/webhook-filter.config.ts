import { DEFAULT_MODE, DEFAULT_RULES } from '../../src/filter/options';
import { FILTER_MODES, type FilterMode } from '../../src/filter/rule';
import { choice, number, structured, text, type Fields } from '../shared/config-fields';

export const TYPE = 'webhook-filter';

export interface WebhookFilterConfig {
  readonly name: string;
  /** As saved; `compileRules` reads them, and says which rule and condition is wrong. */
  readonly rules: readonly unknown[];
  /** `first`: only the first rule that matches gets the message; `all`: every one. */
  readonly mode: FilterMode;
  /** One for each rule, and the last one for messages that no rule matched. */
  readonly outputs: number;
}

export const FIELDS: Fields<WebhookFilterConfig> = {
  name: text(),
  rules: structured<readonly unknown[]>(DEFAULT_RULES, 'a list of rules', (saved) =>
    Array.isArray(saved) ? saved : undefined,
  ),
  mode: choice(FILTER_MODES, DEFAULT_MODE),
  outputs: number(DEFAULT_RULES.length + 1, { min: 1, max: 10_000, integer: true }),
};

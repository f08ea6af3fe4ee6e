import type { Translate } from '../../shared/editor/translate';
import { fromTyped, toTyped, type TypedValue } from './typed-value';

/** Stands for no value at all, which is something else than null or an empty text. */
export const NOTHING = Symbol('nothing');

interface TypedOptions {
  /** Which texts it has: `label.step.<part>`, and its class. */
  readonly part: string;
  readonly translate: Translate;
  /** Whether there may be no value. */
  readonly nothing?: boolean;
}

/** An input for a text, a number, a truth value or JSON; returns the function that reads it. */
export function createTyped(
  box: JQuery,
  value: unknown,
  { part, translate, nothing = false }: TypedOptions,
): () => unknown {
  const label = translate(`apilinker-sync.label.step.${part}`);
  const input = $('<input type="text">')
    .addClass(`apilinker-step-${part}`)
    .attr('aria-label', label)
    .appendTo(box);
  const none = {
    value: 'none',
    label: translate('apilinker-sync.option.nothing'),
    hasValue: false,
  };
  const types = ['str', 'num', 'bool', 'json'] as const;
  input.typedInput({ types: nothing ? [none, ...types] : [...types], default: 'str' });
  input.typedInput('width', '100%');
  const typed = value === NOTHING ? { type: 'none', text: '' } : toTyped(value);
  input.typedInput('type', typed.type);
  input.typedInput('value', typed.text);
  return () => {
    const type = input.typedInput('type');
    if (type === 'none') return NOTHING;
    return fromTyped({ type: type as TypedValue['type'], text: input.typedInput('value') });
  };
}

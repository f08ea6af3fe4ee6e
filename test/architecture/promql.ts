/** What an expression of PromQL names, as far as ours go: selectors, groupings, functions. */
export interface Named {
  readonly selectors: readonly { readonly metric: string; readonly matchers: readonly Matcher[] }[];
  /** In `by (...)`. */
  readonly grouping: readonly string[];
  /** Every other word: operators and functions. */
  readonly words: readonly string[];
}

export interface Matcher {
  readonly label: string;
  readonly operator: string;
  readonly value: string;
}

/** Of the language itself; a misspelt metric is in no list. */
const LANGUAGE = [
  ...['sum', 'min', 'max', 'by', 'or', 'and', 'offset', 'absent'],
  ...['rate', 'increase', 'histogram_quantile', 'predict_linear', 'label_values'],
];

export function namedIn(expression: string): Named {
  const grouping: string[] = [];
  const rest = expression
    .replace(/\bby\s*\(([^)]*)\)/g, (_all, labels: string) => {
      grouping.push(...labels.split(',').map((label) => label.trim()));
      return ' by ';
    })
    // Durations.
    .replace(/\[[^\]]*\]|\boffset \w+/g, ' ');
  const selectors: { metric: string; matchers: Matcher[] }[] = [];
  const words: string[] = [];
  for (const [, word = '', inner = ''] of rest.matchAll(
    /\b([a-z_]\w*)(?:\{((?:[^"}]|"[^"]*")*)\})?/gi,
  )) {
    if (LANGUAGE.includes(word)) words.push(word);
    else selectors.push({ metric: word, matchers: matchersIn(inner) });
  }
  return { selectors, grouping, words };
}

function matchersIn(inner: string): Matcher[] {
  return [...inner.matchAll(/(\w+)\s*(=~|!~|!=|=)\s*"([^"]*)"/g)].map(
    ([, label = '', operator = '', value = '']) => ({ label, operator, value }),
  );
}

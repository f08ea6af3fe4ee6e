import type { Expected, Handshake } from './handshake-scheme';
import { compilePattern } from './pattern';
import type { RequestView } from './request-view';

type Test = (view: RequestView) => boolean;

/** Whether a request is this handshake. Throws, with words, where a pattern is not valid. */
export function handshakeMatcher(when: Handshake['when']): Test {
  const tests: Test[] = [
    ...testsOf(when.query, (view, name) => view.query(name)),
    ...testsOf(when.header, (view, name) => view.header(name.toLowerCase())),
    ...testsOf(when.form, (view, name) => (view.isForm ? view.form(name) : undefined)),
    ...testsOf(when.json, (view, path) => view.json(path)),
    ...(when.noHeader ?? []).map((name): Test => {
      const key = name.toLowerCase();
      return (view) => view.header(key) === undefined;
    }),
  ];
  return (view) => view.method === when.method && tests.every((test) => test(view));
}

function testsOf(
  expected: Readonly<Record<string, Expected>> | undefined,
  read: (view: RequestView, name: string) => unknown,
): Test[] {
  return Object.entries(expected ?? {}).map(([name, value]): Test => {
    const matches = valueTest(value);
    return (view) => matches(read(view, name));
  });
}

function valueTest(expected: Expected): (value: unknown) => boolean {
  if (expected === '*') return (value) => typeof value === 'string' && value !== '';
  if (typeof expected === 'object') return (value) => Array.isArray(value) && value.length === 0;
  const pattern = typeof expected === 'string' ? /^\/(.*)\/$/.exec(expected)?.[1] : undefined;
  if (pattern === undefined) return (value) => value === expected;
  const matches = compilePattern(pattern);
  return (value) => typeof value === 'string' && matches(value);
}

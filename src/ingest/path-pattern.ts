import { WebhookError } from '../shared/errors';

/** A segment of a pattern: text that must be equal, or the name of a parameter that takes any. */
export type PatternSegment = { readonly text: string } | { readonly param: string };

/**
 * Which paths an endpoint answers: `/hooks/github`, `/t/:tenant/hook`, `/files/*`. Paths are compared
 * segment by segment after percent-decoding, case-sensitive; repeated slashes count as one and one at
 * the end is ignored; `%2F` is a character of its segment, never a separator.
 */
export interface PathPattern {
  readonly source: string;
  readonly segments: readonly PatternSegment[];
  /** A trailing `/*`: one or more further segments. */
  readonly wildcard: boolean;
  /** Equal for two patterns that match the same paths. */
  readonly shape: string;
}

/** Segments of a path, decoded; undefined where the percent-encoding is not valid UTF-8. */
export type PathSegments = readonly string[];

/** Parsing and matching cost time per segment; no webhook's path is that deep. */
const MAX_SEGMENTS = 64;
const PARAM = /^:([A-Za-z][A-Za-z0-9_]*)$/;

/** Reads a pattern as a user writes it. Throws `bad-config` with what is wrong. */
export function parsePattern(source: string): PathPattern {
  const problem = patternProblem(source);
  if (problem !== undefined) throw new WebhookError('bad-config', problem);
  const parts = splitPath(source) ?? [];
  const wildcard = parts.at(-1) === '*';
  const segments = (wildcard ? parts.slice(0, -1) : parts).map(toSegment);
  const shape = segments.map((segment) => ('text' in segment ? encodeSegment(segment.text) : ':'));
  return {
    source,
    segments,
    wildcard,
    shape: `/${[...shape, ...(wildcard ? ['*'] : [])].join('/')}`,
  };
}

/** What is wrong with a pattern, in words; undefined: nothing. */
export function patternProblem(source: string): string | undefined {
  if (!source.startsWith('/')) return 'The path must begin with a slash.';
  if (/[?#\s]/.test(source)) return 'The path must not contain ?, # or white space.';
  const parts = splitPath(source);
  if (parts === undefined) return 'The percent-encoding of the path is not valid.';
  const names = parts.filter((part) => part.startsWith(':'));
  if (names.some((name) => !PARAM.test(name))) {
    return 'A parameter of the path is a colon and a name of letters, digits and _: /:tenant/hook.';
  }
  if (new Set(names).size < names.length) return 'Two parameters of the path have the same name.';
  return wildcardProblem(parts);
}

function wildcardProblem(parts: PathSegments): string | undefined {
  const wildcards = parts.filter((part) => part.includes('*'));
  if (wildcards.length === 0) return undefined;
  if (wildcards.length > 1 || parts.at(-1) !== '*') {
    return 'A * in the path can only be its last segment: /files/*.';
  }
  const first = parts[0] ?? '*';
  return first === '*' || first.startsWith(':')
    ? 'A path that ends with /* must begin with a fixed segment.'
    : undefined;
}

function toSegment(part: string): PatternSegment {
  const name = PARAM.exec(part)?.[1];
  return name === undefined ? { text: part } : { param: name };
}

/** Splits a path without its query, then decodes each segment. */
export function splitPath(path: string): PathSegments | undefined {
  const raw = path.split('/').filter((segment) => segment !== '');
  if (raw.length > MAX_SEGMENTS) return undefined;
  if (!path.includes('%')) return raw;
  try {
    return raw.map(decodeURIComponent);
  } catch {
    return undefined;
  }
}

/** A segment in the one spelling that keys of tables use. */
export function encodeSegment(text: string): string {
  return text.includes('%') || text.includes('/')
    ? text.replaceAll('%', '%25').replaceAll('/', '%2F')
    : text;
}

/** The parameters of a path that matches (the rest under `0` for a wildcard), else undefined. */
export function matchPattern(
  pattern: PathPattern,
  path: PathSegments,
): Record<string, string> | undefined {
  const { segments, wildcard } = pattern;
  if (wildcard ? path.length <= segments.length : path.length !== segments.length) return undefined;
  const params: Record<string, string> = {};
  for (const [index, segment] of segments.entries()) {
    const value = path[index] ?? '';
    if ('param' in segment) params[segment.param] = value;
    else if (segment.text !== value) return undefined;
  }
  if (wildcard) params['0'] = path.slice(segments.length).join('/');
  return params;
}

/** Orders patterns by how much they fix, segment by segment: text before parameter before wildcard. */
export function comparePatterns(a: PathPattern, b: PathPattern): number {
  const length = Math.max(a.segments.length, b.segments.length);
  for (let index = 0; index < length; index++) {
    const difference = rank(a, index) - rank(b, index);
    if (difference !== 0) return difference;
  }
  return Number(a.wildcard) - Number(b.wildcard);
}

function rank({ segments }: PathPattern, index: number): number {
  const segment = segments[index];
  if (segment === undefined) return 2;
  return 'text' in segment ? 0 : 1;
}

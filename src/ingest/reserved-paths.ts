import type { PathPattern } from './path-pattern';

/**
 * First segments of the paths that Node-RED's admin app serves (its admin API, its editor, the admin
 * routes of core nodes, and ours). Where the admin app and the webhooks share a root, an endpoint
 * there would take requests of the editor: `/flows`, for instance, every deploy.
 */
const ADMIN_SEGMENTS: ReadonlySet<string> = new Set([
  'apilinker-webhooks',
  'auth',
  'comms',
  'context',
  'credentials',
  'debug',
  'diagnostics',
  'favicon.ico',
  'flow',
  'flows',
  'icons',
  'inject',
  'library',
  'locales',
  'nodes',
  'plugins',
  'projects',
  'red',
  'resources',
  'settings',
  'theme',
  'types',
  'udp-ports',
  'vendor',
]);

/** Where Node-RED serves what; `false`: not at all. */
export interface HttpRoots {
  readonly admin: string | false;
  readonly node: string | false;
}

/** Why an endpoint must not be mounted at this path, in words; undefined: it may. */
export function reservedPathProblem(
  pattern: PathPattern,
  methods: readonly string[],
  roots: HttpRoots,
): string | undefined {
  const first = firstAdminSegment(pattern, roots);
  if (first === undefined) return undefined;
  if (first === null) {
    return methods.includes('GET') || methods.includes('HEAD')
      ? 'Node-RED serves its editor at this path: choose another path, or other methods.'
      : undefined;
  }
  if ('param' in first) {
    return 'The path must begin with a fixed segment: its parameter could be a path of Node-RED itself.';
  }
  return ADMIN_SEGMENTS.has(first.text.toLowerCase())
    ? `Node-RED itself uses /${first.text}: choose another path, for instance /hooks${pattern.source}.`
    : undefined;
}

/**
 * The first segment of the pattern below the admin root: null where the pattern is that root itself,
 * undefined where no path of the pattern is below it.
 */
function firstAdminSegment(
  pattern: PathPattern,
  { admin, node }: HttpRoots,
): PathPattern['segments'][number] | null | undefined {
  if (admin === false || node === false) return undefined;
  const adminRoot = admin.split('/').filter((segment) => segment !== '');
  const path = [
    ...node
      .split('/')
      .filter((segment) => segment !== '')
      .map((text) => ({ text })),
    ...pattern.segments,
  ];
  const below = adminRoot.every((text, index) => {
    const segment = path[index];
    return segment !== undefined && ('param' in segment || segment.text === text);
  });
  if (!below) return undefined;
  return path[adminRoot.length] ?? null;
}

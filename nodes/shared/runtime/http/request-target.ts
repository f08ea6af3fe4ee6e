/** The path and query of a request target, which a proxy's client may send as a whole URL. */
export function originForm(target: string): string {
  if (target.startsWith('/')) return target;
  try {
    const { pathname, search } = new URL(target);
    return pathname + search;
  } catch {
    return '/';
  }
}

/**
 * The part of a target below the path at which an Express app is mounted (as `app.path()` gives it);
 * undefined: elsewhere. Express compares mount paths without case, so we do.
 */
export function belowRoot(target: string, mountPath: string): string | undefined {
  const root = withoutTrailingSlash(mountPath);
  if (root === '') return target;
  if (target.slice(0, root.length).toLowerCase() !== root.toLowerCase()) return undefined;
  const rest = target.slice(root.length);
  if (rest === '') return '/';
  if (rest.startsWith('?')) return `/${rest}`;
  return rest.startsWith('/') ? rest : undefined;
}

function withoutTrailingSlash(mountPath: string): string {
  const single = mountPath.includes('//') ? mountPath.replace(/\/{2,}/g, '/') : mountPath;
  return single.endsWith('/') ? single.slice(0, -1) : single;
}

import type { Application } from 'express';

/** What Express 4 keeps of a route; `use` layers have no `route`. */
interface Layer {
  readonly regexp?: RegExp & { readonly fast_star?: boolean };
  readonly route?: { readonly methods?: Readonly<Record<string, boolean>> };
}

/**
 * Whether a route of that app - a core `http in`, another palette's admin route - answers this method
 * and path. Layers mounted with `use` and routes for every path don't count.
 */
export function hasRoute(app: Application, method: string, path: string): boolean {
  const key = method.toLowerCase();
  return layersOf(app).some(
    ({ route, regexp }) =>
      route?.methods?.[key] === true && regexp?.fast_star !== true && regexp?.test(path) === true,
  );
}

function layersOf(app: Application): readonly Layer[] {
  const router = (app as { _router?: { stack?: readonly Layer[] } })._router;
  return router?.stack ?? [];
}

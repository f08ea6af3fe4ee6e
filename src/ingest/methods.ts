/** The methods that an endpoint can answer. */
export const METHODS = ['POST', 'PUT', 'PATCH', 'DELETE', 'GET'] as const;
export type Method = (typeof METHODS)[number];

/** A list of methods in any case, without repetition; undefined: there is none, or one is not known. */
export function readMethods(saved: unknown): readonly Method[] | undefined {
  if (!Array.isArray(saved) || saved.length === 0) return undefined;
  const named = new Set(saved.map((name) => String(name).toUpperCase()));
  const methods = METHODS.filter((method) => named.has(method));
  return methods.length === named.size ? methods : undefined;
}

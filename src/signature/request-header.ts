import type { SignedRequest } from './scheme';

/** The value of a header (lower-case name), or undefined where it is absent or blank. */
export function requestHeader(request: SignedRequest, name: string): string | undefined {
  const value: unknown = request.headers[name];
  // Names such as "constructor" would find a member of the object's prototype.
  return typeof value === 'string' && value.trim() !== '' ? value : undefined;
}

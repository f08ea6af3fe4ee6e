import type { Secrets } from './scheme';

/** A secret that may verify a request, with the name under which a match is reported. */
export interface NamedSecret {
  readonly name: 'current' | 'previous';
  readonly text: string;
}

const UNSET_VARIABLE = /^\s*\$\{[^{}]*\}\s*$/;

/** Whether a secret is as good as none: absent, blank, or a `${NAME}` that nothing was put in for. */
export function isMissingSecret(value: unknown): boolean {
  return typeof value !== 'string' || value.trim() === '' || UNSET_VARIABLE.test(value);
}

/**
 * The secrets to try, in this order. Without a current one there are none: the endpoint is not set up,
 * and a left-over previous secret must not keep it half open.
 */
export function usableSecrets(secrets: Secrets | null): readonly NamedSecret[] {
  if (secrets === null || isMissingSecret(secrets.current)) return [];
  const usable: NamedSecret[] = [{ name: 'current', text: secrets.current }];
  if (secrets.previous !== undefined && !isMissingSecret(secrets.previous)) {
    usable.push({ name: 'previous', text: secrets.previous });
  }
  return usable;
}

/** Whether a text is meant as a key or certificate in PEM form: never a shared secret. */
export function isPem(text: string): boolean {
  return text.includes('-----BEGIN ');
}

import { genericScheme } from '../../../src/signature/generic';
import { isSignatureType } from '../../../src/signature/options';
import type { Scheme } from '../../../src/signature/scheme';
import { validateScheme } from '../../../src/signature/validate-scheme';
import { readCustomScheme } from './custom-scheme';
import { chosenProvider, findChoice } from './provider-select';
import { readTokenForm } from './token-form';

/** The scheme that the form describes now; null: none that makes sense. */
export function chosenScheme(): Scheme | null {
  const chosen = chosenProvider();
  if (chosen === 'none') return { scheme: 'none' };
  if (chosen === 'custom') {
    const validated = validateScheme(readCustomScheme());
    return validated.ok ? validated.scheme : null;
  }
  return findChoice(chosen)?.scheme ?? simpleScheme();
}

function simpleScheme(): Scheme | null {
  const signatureType = $('#node-input-signatureType').val();
  if (!isSignatureType(signatureType)) return null;
  const signatureHeader = String($('#node-input-signatureHeader').val() ?? '');
  return genericScheme({ signatureType, signatureHeader, jwt: readTokenForm() });
}

import { RED } from '../../shared/editor/red';
import { secretForm } from '../../../src/signature/scheme-facts';
import type { Scheme } from '../../../src/signature/scheme';
import type { Translate } from './provider-select';

const BYTES = 32;

/** A button that makes up a strong secret, of the form that the scheme takes, and shows it once to be copied. */
export function bindSecretButton(scheme: () => Scheme | null, translate: Translate): void {
  const shown = $('#webhook-in-generated').hide();
  const text = shown.find('code');
  $('#webhook-in-generate').on('click', () => {
    const form = formOf(scheme());
    if (form === null) return;
    const secret = form.prefix + encoded(crypto.getRandomValues(new Uint8Array(BYTES)), form.enc);
    $('#node-input-secret').val(secret).trigger('change');
    text.text(secret);
    shown.show();
  });
  $('#webhook-in-copy-secret').on('click', () => {
    RED.clipboard.copyText(
      text.text(),
      $('#webhook-in-copy-secret'),
      translate('webhook-in.hint.secretCopied'),
    );
  });
  // What is typed over it is another one.
  $('#node-input-secret').on('input', () => shown.hide());
}

/** Only where the secret is one that a user may choose. */
export function showSecretButton(scheme: Scheme | null, isSent: boolean): void {
  $('#webhook-in-generate').toggle(!isSent && formOf(scheme) !== null);
  if ($('#node-input-secret').val() !== $('#webhook-in-generated code').text()) {
    $('#webhook-in-generated').hide();
  }
}

function formOf(scheme: Scheme | null): ReturnType<typeof secretForm> {
  return scheme === null ? null : secretForm(scheme);
}

function encoded(bytes: Uint8Array, enc: 'text' | 'hex' | 'base64'): string {
  if (enc === 'hex') return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  const base64 = btoa(String.fromCharCode(...bytes));
  if (enc === 'base64') return base64;
  return base64.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

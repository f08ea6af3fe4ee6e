import { isPublicUrl } from '../../../src/ingest/public-url';
import { RED } from '../../shared/editor/red';
import type { Translate } from './provider-select';

/** Shows the URL that a sender needs, as path and public URL are typed, with a button that copies it. */
export function bindEndpointUrl(translate: Translate): void {
  const shown = $('#webhook-in-url');
  const show = (): unknown => shown.text(endpointUrl(valueOf('path'), valueOf('publicUrl')));
  $('#node-input-path, #node-input-publicUrl').on('input change', show);
  show();
  $('#webhook-in-copy').on('click', () => {
    RED.clipboard.copyText(
      shown.text(),
      $('#webhook-in-copy'),
      translate('webhook-in.hint.copied'),
    );
  });
}

function valueOf(field: string): string {
  return String($(`#node-input-${field}`).val() ?? '').trim();
}

/** As seen from this browser, unless the user says how the endpoint is called from outside. */
function endpointUrl(path: string, publicUrl: string): string {
  const target = `${nodeRoot()}${path.startsWith('/') ? '' : '/'}${path}`;
  if (publicUrl === '' || !isPublicUrl(publicUrl)) return window.location.origin + target;
  const { origin, pathname, search } = new URL(publicUrl);
  return pathname === '/' && search === '' ? origin + target : publicUrl;
}

function nodeRoot(): string {
  const root = (RED.settings.httpNodeRoot ?? '/').replace(/\/+$/, '');
  return root === '' || root.startsWith('/') ? root : `/${root}`;
}

import { isPublicUrl } from '../../../src/ingest/public-url';
import { serverOf, type EndpointServer } from '../../shared/editor/endpoint-server';
import { RED } from '../../shared/editor/red';
import type { Translate } from './provider-select';

/** Shows the URL that a sender needs, as path, listener and public URL are entered, with a button that copies it. */
export function bindEndpointUrl(translate: Translate): void {
  const shown = $('#webhook-in-url');
  const show = (): unknown =>
    shown.text(endpointUrl(valueOf('path'), valueOf('publicUrl'), serverOf(valueOf('listener'))));
  $('#node-input-path, #node-input-publicUrl, #node-input-listener').on('input change', show);
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
function endpointUrl(path: string, publicUrl: string, server: EndpointServer): string {
  const target = `${server.root}${path.startsWith('/') ? '' : '/'}${path}`;
  if (publicUrl === '' || !isPublicUrl(publicUrl)) return server.origin + target;
  const { origin, pathname, search } = new URL(publicUrl);
  return pathname === '/' && search === '' ? origin + target : publicUrl;
}

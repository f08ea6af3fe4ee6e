import { RED } from '../../shared/editor/red';

/** Shows the URL that a sender needs, as the path is typed, with a button that copies it. */
export function bindEndpointUrl(translate: (key: string) => string): void {
  const path = $('#node-input-path');
  const shown = $('#webhook-in-url');
  const show = (): unknown => shown.text(endpointUrl(String(path.val() ?? '')));
  path.on('input change', show);
  show();
  $('#webhook-in-copy').on('click', () => {
    RED.clipboard.copyText(
      shown.text(),
      $('#webhook-in-copy'),
      translate('webhook-in.hint.copied'),
    );
  });
}

/** As seen from this browser: a proxy in front of Node-RED may have another name for it. */
function endpointUrl(path: string): string {
  const root = (RED.settings.httpNodeRoot ?? '/').replace(/\/+$/, '');
  const prefix = root === '' || root.startsWith('/') ? root : `/${root}`;
  return `${window.location.origin}${prefix}${path.startsWith('/') ? '' : '/'}${path.trim()}`;
}

import { button, el, notice } from './dom';
import type { EndpointInfo } from './endpoints';
import { endpointBase, RED, t } from './red-editor';

/** What to do while there is no event: make an endpoint, or send something to the one that there is. */
export function gettingStarted(endpoints: readonly EndpointInfo[]): HTMLElement {
  const [first] = endpoints;
  if (first === undefined) {
    return notice('empty', t('start.noEndpoint'), el('p', { text: t('start.noEndpointHint') }));
  }
  const url = endpointBase(first.endpoint) + first.path;
  const copy = button(t('start.copy'), () => RED.clipboard.copyText(url, $(copy), t('copied')), {
    icon: 'fa-clipboard',
  });
  return notice(
    'empty',
    t('start.noEvent'),
    el('p', { text: t('start.noEventHint') }),
    el('code', { class: 'aw-url', text: url }),
    copy,
  );
}

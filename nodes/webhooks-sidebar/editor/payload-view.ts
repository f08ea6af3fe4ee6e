import { byteSize } from './format';
import { el } from './dom';
import { parsedBody, REDACTED, type EventDetail } from './event-data';
import { RED, t } from './red-editor';
import { renderable } from './renderable';

const LONGEST_TEXT = 100_000;

/** The body: as a tree by Node-RED's own renderer where it is JSON, else as text. */
export function payloadView(event: EventDetail): HTMLElement {
  const { bodyText, bodyBase64, bodyBytes } = event;
  if (bodyBytes === 0) return el('p', { class: 'aw-hint', text: t('payload.empty') });
  const parsed = parsedBody(event);
  if (parsed !== undefined) return tree(parsed);
  const text = bodyText ?? bodyBase64 ?? '';
  const cut = text.length > LONGEST_TEXT;
  return el(
    'div',
    {},
    bodyText === null && el('p', { class: 'aw-hint', text: t('payload.binary') }),
    el('pre', { class: 'aw-text', tabindex: 0, text: cut ? text.slice(0, LONGEST_TEXT) : text }),
    cut && el('p', { class: 'aw-hint', text: t('payload.cut', { size: byteSize(bodyBytes) }) }),
  );
}

function tree(parsed: unknown): HTMLElement {
  const safe = renderable(parsed, (left) => t('payload.left', { n: left }));
  const shown = el('div', { class: 'aw-tree red-ui-debug-msg-payload' });
  $(shown).append(RED.utils.createObjectElement(safe));
  openFirst(shown);
  return shown;
}

/** The renderer builds the entries when its handle is clicked. */
function openFirst(shown: HTMLElement): void {
  $(shown).find('.red-ui-debug-msg-expandable').first().trigger('click');
}

/** Names and values in two columns; what was removed is said to be. */
export function headerTable(headers: Readonly<Record<string, string>>): HTMLElement {
  const rows = Object.entries(headers).map(([name, value]) =>
    el(
      'tr',
      {},
      el('th', { text: name }),
      el(
        'td',
        {},
        value === REDACTED
          ? el('span', {
              class: 'aw-redacted',
              text: t('headers.redacted'),
              title: t('headers.redactedTitle'),
            })
          : el('span', { text: value }),
      ),
    ),
  );
  return el('table', { class: 'aw-headers' }, el('tbody', {}, ...rows));
}

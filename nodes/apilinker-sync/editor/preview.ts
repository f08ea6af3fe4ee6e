import type { MappingPreview, PreviewedItem } from '../../../src/sync/mapping/preview-mapping';
import { isRecord, parseJson } from '../../../src/shared/json';
import { apiGet, apiPost } from '../../shared/editor/admin-api';
import { endpointBefore } from '../../shared/editor/endpoint-before';
import { requireWrite } from '../../shared/editor/permission';
import type { EditedNode } from '../../shared/editor/red';
import { said } from '../../shared/editor/said';

type Words = (key: string, values?: Record<string, unknown>) => string;

/** So long after the last key. */
const QUIET_MS = 300;
const SHOWN_CHARACTERS = 5000;

export interface Previewed {
  readonly fields: () => readonly unknown[];
  /** Where in the message the items are; null: the sample has the items itself. */
  readonly property: () => string | null;
}

/** Shows what a sample becomes by the fields as they stand in the dialog, each time one of them changes. */
export function preparePreview(node: EditedNode, { fields, property }: Previewed): void {
  const words: Words = (key, values) => node._(`apilinker-sync.preview.${key}`, values);
  const box = $('#apilinker-sync-preview');
  const text = $('#apilinker-sync-sample');
  const shown = $('#apilinker-sync-becomes');
  if (!requireWrite(box.find('button, textarea'), shown)) return;
  let asked = 0;
  const look = async (): Promise<void> => {
    const mine = ++asked;
    const isOpen = (box.get(0) as HTMLDetailsElement).open;
    const written = String(text.val() ?? '').trim();
    if (!isOpen || written === '') return;
    const sample = parseJson(written);
    if (sample === undefined) {
      problem(shown.empty(), words('noJson'));
      return;
    }
    try {
      const body = { fields: fields(), sample, property: property() };
      const preview = await apiPost<MappingPreview>('/mappings/preview', body);
      if (mine === asked) show(shown.empty(), preview, words);
    } catch (thrown) {
      if (mine === asked)
        problem(shown.empty(), thrown instanceof Error ? said(thrown.message) : '');
    }
  };
  let timer: ReturnType<typeof setTimeout> | undefined;
  const soon = (): void => {
    clearTimeout(timer);
    timer = setTimeout(() => void look(), QUIET_MS);
  };
  text.on('input', soon);
  box.on('toggle', () => {
    box.get(0)?.scrollIntoView({ block: 'start' });
    soon();
  });
  const inputs = '.apilinker-fields, .apilinker-source-message, #node-input-sourceKind';
  $('#dialog-form').on('input change', inputs, soon);
  $('#apilinker-sync-last').on('click', () => {
    void lastWebhook(node)
      .then((sample) => text.val(sample).trigger('input'))
      .catch(() => problem(shown.empty(), words('noWebhook')));
  });
}

function show(shown: JQuery, { problems, items, more }: MappingPreview, words: Words): void {
  for (const each of problems) problem(shown, said(each));
  for (const [at, item] of items.entries()) showItem(shown, at, item, words);
  if (more > 0) {
    $('<p>')
      .text(words('more', { count: String(more) }))
      .appendTo(shown);
  }
}

function showItem(shown: JQuery, at: number, item: PreviewedItem, words: Words): void {
  $('<p>')
    .text(words('becomes', { number: String(at + 1) }))
    .appendTo(shown);
  if (item.problem !== undefined) {
    problem(shown, said(item.problem));
    return;
  }
  const json = JSON.stringify(item.mapped, null, 2);
  const cut = json.length > SHOWN_CHARACTERS ? `${json.slice(0, SHOWN_CHARACTERS)}…` : json;
  $('<pre class="apilinker-preview-item">').text(cut).appendTo(shown);
}

function problem(shown: JQuery, text: string): void {
  $('<p class="apilinker-field-problem">').text(text).appendTo(shown);
}

interface Listed {
  readonly events: readonly { readonly id: string }[];
}

/** The body of the newest stored webhook: of an endpoint before the node, if there is one. Rejects where there is none. */
async function lastWebhook(node: EditedNode): Promise<string> {
  const path = endpointBefore(node);
  const of = path === '' ? '' : `&endpoint=${encodeURIComponent(path)}`;
  const { events } = await apiGet<Listed>(`/events?limit=1${of}`);
  const [newest] = events;
  if (newest === undefined) throw new Error('none');
  const event = await apiGet<unknown>(`/events/${encodeURIComponent(newest.id)}`);
  const text = isRecord(event) && typeof event.bodyText === 'string' ? event.bodyText : '';
  const parsed = parseJson(text);
  return parsed === undefined ? JSON.stringify(text) : JSON.stringify(parsed, null, 2);
}

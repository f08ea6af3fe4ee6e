import type { RuleTrial, TriedEvent } from '../../../src/history/rule-trial';
import { readRules, type Rule } from '../../../src/filter/rule';
import { apiGet, apiPost } from '../../shared/editor/admin-api';
import { endpointBefore } from '../../shared/editor/endpoint-before';
import { requireWrite } from '../../shared/editor/permission';
import type { EditedNode } from '../../shared/editor/red';
import { said } from '../../shared/editor/said';

type Words = (key: string, values?: Record<string, unknown>) => string;

interface Endpoints {
  readonly endpoints: readonly { readonly path: string }[];
}

export interface Tried {
  readonly rules: () => readonly Rule[];
  readonly mode: () => string;
  /** What is shown has another height. */
  readonly onResize: () => void;
}

/** "Try on history": what the rules as they stand in the dialog make of the newest stored events. */
export function prepareTrial(node: EditedNode, { rules, mode, onResize }: Tried): void {
  const words: Words = (key, values) => node._(`webhook-filter.trial.${key}`, values);
  const box = $('#webhook-filter-trial');
  const shown = $('#webhook-filter-tried');
  const endpoint = $('#webhook-filter-trial-endpoint');
  let asked = 0;
  const look = async (): Promise<void> => {
    const mine = ++asked;
    const tried = rules();
    const read = readRules(tried);
    if (!read.ok) {
      problem(shown.empty(), said(read.problem));
      onResize();
      return;
    }
    const limit = Number($('#webhook-filter-trial-limit').val());
    const body = { rules: tried, mode: mode(), endpoint: endpoint.val(), limit, nodeId: node.id };
    try {
      const trial = await apiPost<RuleTrial>('/filters/try', body);
      if (mine === asked) show(shown.empty(), trial, tried, words);
    } catch (thrown) {
      if (mine === asked)
        problem(shown.empty(), thrown instanceof Error ? said(thrown.message) : '');
    }
    onResize();
  };
  const start = (): void => void look();
  if (!requireWrite(box.find('button, select, input'), shown)) {
    box.on('toggle', onResize);
    return;
  }
  $('#webhook-filter-try').on('click', start);
  box.on('toggle', () => {
    onResize();
    if ((box.get(0) as HTMLDetailsElement).open) void offerEndpoints(node, endpoint).then(start);
  });
}

/** All endpoints, and chosen the one before the node in the flow. */
async function offerEndpoints(node: EditedNode, select: JQuery): Promise<void> {
  if (select.children().length > 1) return;
  try {
    const { endpoints } = await apiGet<Endpoints>('/endpoints');
    for (const path of new Set(endpoints.map((each) => each.path))) {
      $('<option>').val(path).text(path).appendTo(select);
    }
    const path = endpointBefore(node);
    if (endpoints.some((each) => each.path === path)) select.val(path);
  } catch {
    // All of them can be tried without their names.
  }
}

function show(
  shown: JQuery,
  { events, cutShort }: RuleTrial,
  rules: readonly Rule[],
  words: Words,
): void {
  if (events.length === 0) {
    $('<p class="webhook-filter-tried-sum">').text(words('none')).appendTo(shown);
    return;
  }
  const counts = rules.map(({ name }, index) => {
    const count = events.filter(({ matched }) => matched.includes(index)).length;
    return words('count', { name, count });
  });
  const rest = events.filter((each) => each.matched.length === 0 && each.problem === null).length;
  const sums = [...counts, words('count', { name: words('noMatch'), count: rest })].join(' · ');
  const sum = words(cutShort ? 'cutShort' : 'sum', { events: events.length });
  $('<p class="webhook-filter-tried-sum">').text(`${sum} ${sums}`).appendTo(shown);
  const list = $('<ul class="webhook-filter-tried-list">').appendTo(shown);
  for (const event of events) row(event, rules, words).appendTo(list);
}

function row(event: TriedEvent, rules: readonly Rule[], words: Words): JQuery {
  const { matched, why, problem: cannot, receivedAt, method, path, eventType } = event;
  const item = $('<li>').attr('data-event', event.id);
  const what = [new Date(receivedAt).toLocaleString(), `${method} ${path}`, eventType ?? ''];
  $('<span class="webhook-filter-tried-event">')
    .text(what.filter((part) => part !== '').join(' · '))
    .appendTo(item);
  const names = matched.map((index) => rules[index]?.name ?? '').join(', ');
  const isMatch = cannot === null && matched.length > 0;
  const missed = cannot === null ? 'noMatch' : 'problem';
  $('<span class="webhook-filter-tried-to">')
    .addClass(`webhook-filter-tried-${isMatch ? 'matched' : missed}`)
    .text(`→ ${isMatch ? names : words(missed)}`)
    .appendTo(item);
  const reason = cannot ?? why;
  if (reason !== null)
    $('<div class="webhook-filter-tried-why">').text(said(reason)).appendTo(item);
  return item;
}

function problem(shown: JQuery, text: string): void {
  $('<p class="webhook-filter-problem" role="alert">').text(text).appendTo(shown);
}

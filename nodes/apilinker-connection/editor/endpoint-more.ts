import {
  PAGINATION_KINDS,
  RATE_STRATEGIES,
  type Endpoint,
  type Pagination,
  type RateLimit,
} from '../../../src/sync/endpoint';
import { isRecord } from '../../../src/shared/json';
import type { Translate } from '../../shared/editor/translate';

export type EndpointParts = Partial<Endpoint>;

/** The parts of an endpoint that are written as JSON. */
const JSON_PARTS = [
  'params',
  'headers',
  'bodyTemplate',
  'requestSchema',
  'responseSchema',
] as const;

/** Whether one of the parts that most endpoints do not need is filled in. */
export function usesMore(endpoint: EndpointParts): boolean {
  return (
    (endpoint.responsePath ?? '') !== '' ||
    isRecord(endpoint.pagination) ||
    isRecord(endpoint.rateLimit) ||
    JSON_PARTS.some((part) => !isEmpty(endpoint[part]))
  );
}

/** Fills a grid with those parts; returns the function that reads what is filled in. */
export function fillMore(
  more: JQuery,
  endpoint: EndpointParts,
  translate: Translate,
): () => EndpointParts {
  const grid: Grid = { more, translate };
  const responsePath = textRow(grid, 'responsePath', endpoint.responsePath ?? '', 'data.items');
  const readPagination = paginationRows(grid, endpoint.pagination);
  const readJson = JSON_PARTS.map((part) => jsonRow(grid, part, endpoint[part]));
  const readRateLimit = rateRows(grid, endpoint.rateLimit);
  return () => ({
    ...(trimmed(responsePath) === '' ? {} : { responsePath: trimmed(responsePath) }),
    ...readPagination(),
    ...(Object.assign({}, ...readJson.map((read) => read())) as EndpointParts),
    ...readRateLimit(),
  });
}

interface Grid {
  readonly more: JQuery;
  readonly translate: Translate;
}

/** A label and its input; `of` shows the row only for some choices of a select. */
function row({ more, translate }: Grid, part: string, input: JQuery): JQuery {
  const label = translate(`apilinker-connection.label.endpoint.${part}`);
  input.attr('aria-label', label);
  return $('<span>').text(label).appendTo(more).add($('<div>').append(input).appendTo(more));
}

function textRow(grid: Grid, part: string, value: string, placeholder = ''): JQuery {
  const input = $('<input type="text">').attr('placeholder', placeholder).val(value);
  row(grid, part, input);
  return input;
}

function paginationRows(grid: Grid, saved: Pagination | null | undefined): () => EndpointParts {
  const chosenKind = isRecord(saved) ? ((saved.kind as string | undefined) ?? 'page') : 'none';
  const kind = choiceRow(grid, 'pagination', ['none', ...PAGINATION_KINDS], chosenKind);
  const field = (part: keyof Pagination, placeholder: string): JQuery =>
    $('<input type="text">')
      .attr('placeholder', placeholder)
      .val(String(saved?.[part] ?? ''));
  const fields = {
    dataPath: field('dataPath', 'items'),
    nextPagePath: field('nextPagePath', 'meta.next'),
    pageParam: field('pageParam', 'page'),
    maxPages: field('maxPages', '10'),
  };
  const rows = {
    dataPath: row(grid, 'dataPath', fields.dataPath),
    nextPagePath: row(grid, 'nextPagePath', fields.nextPagePath),
    pageParam: row(grid, 'pageParam', fields.pageParam),
    maxPages: row(grid, 'maxPages', fields.maxPages),
  };
  const show = (): void => {
    const chosen = kind.val();
    rows.dataPath.add(rows.maxPages).toggle(chosen !== 'none');
    rows.nextPagePath.toggle(chosen === 'token');
    rows.pageParam.toggle(chosen === 'page' || chosen === 'token');
  };
  kind.on('change', show);
  show();
  return () => {
    if (kind.val() === 'none') return {};
    const texts = Object.entries(fields).flatMap(([name, input]) => {
      const text = trimmed(input);
      if (text === '') return [];
      return [[name, name === 'maxPages' ? numberOr(text) : text]];
    });
    const pagination: object = { kind: kind.val(), ...Object.fromEntries(texts) };
    return { pagination: pagination as Pagination };
  };
}

function rateRows(grid: Grid, saved: RateLimit | null | undefined): () => EndpointParts {
  const chosen = isRecord(saved)
    ? ((saved.strategy as string | undefined) ?? 'token_bucket')
    : 'none';
  const strategy = choiceRow(grid, 'rateLimit', [...RATE_STRATEGIES].reverse(), chosen);
  const rate = $('<input type="text" placeholder="10">').val(String(saved?.rate ?? ''));
  const burst = $('<input type="text">').val(String(saved?.burst ?? ''));
  const rateRow = row(grid, 'rate', rate);
  const burstRow = row(grid, 'burst', burst);
  const show = (): void => {
    rateRow.toggle(strategy.val() !== 'none');
    burstRow.toggle(strategy.val() === 'token_bucket');
  };
  strategy.on('change', show);
  show();
  return () => {
    if (strategy.val() === 'none') return {};
    const rateLimit: object = {
      strategy: strategy.val(),
      ...(trimmed(rate) === '' ? {} : { rate: numberOr(trimmed(rate)) }),
      ...(trimmed(burst) === '' ? {} : { burst: numberOr(trimmed(burst)) }),
    };
    return { rateLimit: rateLimit as RateLimit };
  };
}

function choiceRow(grid: Grid, part: string, options: readonly string[], chosen: string): JQuery {
  const select = $('<select>');
  for (const option of options) {
    const text = grid.translate(`apilinker-connection.option.${part}.${option}`);
    $('<option>').val(option).text(text).appendTo(select);
  }
  row(grid, part, select.val(chosen));
  return select;
}

function jsonRow(grid: Grid, part: (typeof JSON_PARTS)[number], value: unknown) {
  const input = $('<input type="text">').val(isEmpty(value) ? '{}' : JSON.stringify(value));
  row(grid, part, input);
  input.typedInput({ types: ['json'], default: 'json' });
  input.typedInput('width', '100%');
  return (): EndpointParts => {
    const read = parsed(input.typedInput('value').trim());
    return isEmpty(read) ? {} : { [part]: read };
  };
}

function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null) return true;
  return typeof value === 'object' && Object.keys(value).length === 0;
}

/** What is no JSON stays the text that it is: the validator of the endpoints refuses it. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

function numberOr(text: string): number | string {
  return Number.isNaN(Number(text)) ? text : Number(text);
}

function trimmed(input: JQuery): string {
  return String(input.val() ?? '').trim();
}

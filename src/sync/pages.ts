import { isRecord } from '../shared/json';
import type { Connection, OpenEndpoint } from './connection';
import type { Pagination, Params } from './endpoint';
import {
  atKeys,
  fetchAnswer,
  fetchOnce,
  wrapped,
  type Fetched,
  type FetchOptions,
} from './fetch-data';
import { nextByLink, nextByToken, type NextPage } from './next-page';
import { fetchRequest } from './request';
import { SyncError } from './sync-error';

/** A part of what an endpoint answers. */
export interface Page {
  /** A list of items, or (without pagination) an object. */
  readonly data: unknown;
  /** The whole answer, for the cursor. */
  readonly whole: unknown;
  /** There are more pages, but no more may be fetched. */
  readonly truncated: boolean;
}

/**
 * What an endpoint answers, page by page; without pagination one page. A page is asked for when the one
 * before has been dealt with, so that no more than one is in memory. Throws a SyncError: an error on any
 * page, and a walk that goes in a circle.
 */
export async function* pagesOf(
  connection: Connection,
  source: OpenEndpoint,
  params: Params,
  options: FetchOptions,
): AsyncGenerator<Page, void, void> {
  const { pagination } = source.endpoint;
  if (pagination === null) {
    const { data, whole } = await fetchOnce(connection, source, params, options);
    yield { data: wrapped(data), whole, truncated: false };
    return;
  }
  const walk = new Walk(connection, source, params, pagination);
  for (let count = 1; ; count++) {
    const page = await walk.fetch(options);
    if (page === null) return;
    const last = !walk.hasNext;
    yield { ...page, truncated: !last && count >= pagination.maxPages };
    if (last || count >= pagination.maxPages) return;
  }
}

/** All pages as one: for callers that need the whole, and have the memory. */
export async function fetchData(
  connection: Connection,
  endpointName: string,
  params: Params,
  options: FetchOptions,
): Promise<unknown> {
  const source = connection.endpoint(endpointName);
  const lists: unknown[] = [];
  for await (const { data } of pagesOf(connection, source, params, options)) {
    if (source.endpoint.pagination === null) return data;
    lists.push(...(data as unknown[]));
  }
  return lists;
}

/** Where a walk over pages stands. */
class Walk {
  readonly #connection: Connection;
  readonly #source: OpenEndpoint;
  readonly #params: Params;
  readonly #pagination: Pagination;
  readonly #seen = new Set<string>();
  #next: NextPage | null = null;
  #url: URL;
  #number: number;
  #started = false;
  #lastItems = '';

  constructor(
    connection: Connection,
    source: OpenEndpoint,
    params: Params,
    pagination: Pagination,
  ) {
    this.#connection = connection;
    this.#source = source;
    this.#params = params;
    this.#pagination = pagination;
    this.#url = connection.baseUrl;
    const given = Number(
      params[pagination.pageParam] ?? source.endpoint.params[pagination.pageParam],
    );
    this.#number = Number.isInteger(given) ? given : 1;
  }

  get hasNext(): boolean {
    return this.#next !== null;
  }

  /** The next page; null: the numbered pages have come to their end. */
  async fetch(options: FetchOptions): Promise<Omit<Page, 'truncated'> | null> {
    const fetched = await this.#request(options);
    const first = !this.#started;
    this.#started = true;
    const items = this.#items(fetched.data, first);
    if (this.#pagination.kind === 'page' && !first && this.#isEnd(items)) return null;
    this.#next = this.#nextPage(fetched, items);
    this.#refuseCircle();
    return { data: items, whole: fetched.whole };
  }

  #request(options: FetchOptions): Promise<Fetched> {
    const { endpoint } = this.#source;
    const parts = { connection: this.#connection, endpoint, signal: options.signal };
    const next = this.#next;
    const params =
      next === null || 'url' in next ? this.#params : { ...this.#params, [next.param]: next.value };
    const request = fetchRequest({ ...parts, params });
    const url = next !== null && 'url' in next ? next.url : request.url;
    this.#url = url;
    return fetchAnswer(this.#connection, this.#source, { ...request, url }, options);
  }

  /** The items of a page: a list as such, anything else as the only item. Scalars become `{value}`. */
  #items(data: unknown, first: boolean): unknown[] {
    const { dataPath, kind } = this.#pagination;
    if (!isRecord(data)) return Array.isArray(data) ? data : [wrapped(data)];
    const found = atKeys(data, dataPath);
    if (found === undefined) {
      // APILinker: a later page without items contributes none, its token counts all the same.
      if (!first && kind === 'token') return [];
      throw invalid(`A page has no \`${dataPath}\` (where its items are said to be).`);
    }
    return Array.isArray(found) ? found.map(wrapped) : [wrapped(found)];
  }

  /** Beyond the last page an API answers nothing, or (some) the last page again. */
  #isEnd(items: readonly unknown[]): boolean {
    this.#next = null;
    return items.length === 0 || JSON.stringify(items) === this.#lastItems;
  }

  #nextPage({ data, whole, headers }: Fetched, items: readonly unknown[]): NextPage | null {
    const { kind, nextPagePath, dataPath, pageParam } = this.#pagination;
    switch (kind) {
      case 'token': {
        const value = atKeys(data, nextPagePath) ?? atKeys(whole, nextPagePath);
        return nextByToken(value, this.#pagination, this.#url);
      }
      case 'link':
        return nextByLink(headers.get('link'), this.#url);
      case 'page':
        // An object without a path to its items is one item: there is nothing to count through.
        if (items.length === 0 || (isRecord(data) && dataPath === '')) return null;
        this.#lastItems = JSON.stringify(items);
        this.#number += 1;
        return { param: pageParam, value: this.#number };
    }
  }

  #refuseCircle(): void {
    const next = this.#next;
    if (next === null) return;
    const mark = 'url' in next ? next.url.href : JSON.stringify(next.value);
    if (this.#seen.has(mark))
      throw invalid('The API names a page as the next one that was fetched before.');
    this.#seen.add(mark);
  }
}

function invalid(message: string): SyncError {
  return new SyncError(message, { category: 'VALIDATION' });
}

import { apiGet } from '../../shared/editor/admin-api';

const PAGE = '200';

/** What a page of the admin API has beside its items. */
interface Cursor {
  /** `before` of the page below; null: there is none. */
  readonly next: string | null;
}

/** The newest entries of a list of the admin API, as many pages as somebody wanted to see. */
export class PagedList<T> {
  readonly #path: string;
  readonly #query: Readonly<Record<string, string>>;
  readonly #items: (answer: unknown) => readonly T[];
  #pages = 1;
  #loading: Promise<readonly T[]> | null = null;
  #hasMore = false;

  /** `items` takes the entries out of an answer. */
  constructor(
    path: string,
    query: Readonly<Record<string, string>>,
    items: (answer: unknown) => readonly T[],
  ) {
    this.#path = path;
    this.#query = query;
    this.#items = items;
  }

  get hasMore(): boolean {
    return this.#hasMore;
  }

  /** All that is shown, as it is now. Rejects with an ApiProblem. */
  load(): Promise<readonly T[]> {
    this.#loading ??= this.#ask().finally(() => (this.#loading = null));
    return this.#loading;
  }

  /** The same, and the page below it. */
  async more(): Promise<readonly T[]> {
    await this.#loading?.catch(() => undefined);
    this.#pages += 1;
    return this.load();
  }

  async #ask(): Promise<readonly T[]> {
    const all: T[] = [];
    let before: string | null = null;
    for (let page = 0; page < this.#pages; page += 1) {
      const cursor: Record<string, string> = before === null ? {} : { before };
      const answer = await apiGet<Cursor>(this.#path, { ...this.#query, limit: PAGE, ...cursor });
      all.push(...this.#items(answer));
      before = answer.next;
      if (before === null) break;
    }
    this.#hasMore = before !== null;
    return all;
  }
}

import type { EventDto, EventPageDto } from '../../../src/history/dto';
import type { QueryConditions } from '../../../src/history/query-text';
import { apiGet } from '../../shared/editor/admin-api';
import { EventRows } from './event-rows';

const PAGE = '100';
/** A look at the newest page may bring events that came that much before the newest known one. */
const OVERLAP_MS = 60_000;
/** Pages without a match that are asked for without being asked to. */
const MOST_EMPTY_PAGES = 10;

/** The events that match the conditions, as far as they were asked for. Asks; shows nothing. */
export class EventFeed {
  readonly rows = new EventRows();
  phase: 'loading' | 'ready' | 'failed' = 'loading';
  problem: unknown = null;
  /** Others came that are not shown: the list is scrolled down, or too much came at once. */
  hasNewer = false;
  isAsking = false;
  /** It has looked far below without a match, and waits to be told to go on. */
  isPaused = false;
  readonly #onChange: (added: number) => void;
  #conditions: QueryConditions = {};
  /** What an answer belongs to: it may come when something else is asked for. */
  #turn = 0;

  constructor(onChange: (added: number) => void) {
    this.#onChange = onChange;
  }

  get conditions(): QueryConditions {
    return this.#conditions;
  }

  /** Begins anew. */
  async load(conditions: QueryConditions): Promise<void> {
    this.#conditions = conditions;
    const turn = ++this.#turn;
    this.phase = 'loading';
    this.isAsking = this.hasNewer = this.isPaused = false;
    this.#onChange(0);
    await this.#ask(turn, async () => {
      const page = await this.#page({});
      if (turn !== this.#turn) return;
      this.rows.replace(page);
      this.phase = 'ready';
    });
    if (turn === this.#turn && this.rows.length === 0) await this.more();
  }

  /** The page below. A page may have nothing that matches: a few more are asked for then. */
  async more(): Promise<void> {
    if (this.isAsking || this.rows.next === null || this.phase !== 'ready') return;
    this.isPaused = false;
    const turn = this.#turn;
    await this.#ask(turn, async () => {
      for (let empty = 0; empty < MOST_EMPTY_PAGES && this.rows.next !== null; empty++) {
        const page = await this.#page({ before: this.rows.next });
        if (turn !== this.#turn) return;
        this.rows.append(page);
        if (page.events.length > 0) return;
        this.#onChange(0);
      }
      this.isPaused = this.rows.next !== null;
    });
  }

  /** The newest page again. `isShown`: it may change what is in sight. */
  async newest(isShown: boolean): Promise<void> {
    if (this.isAsking || this.phase === 'loading') return;
    if (this.phase === 'failed') return this.load(this.#conditions);
    if (!isShown) {
      this.hasNewer = true;
      this.#onChange(0);
      return;
    }
    const turn = this.#turn;
    let added = 0;
    await this.#ask(turn, async () => {
      const page = await this.#page(this.#sinceNewest());
      if (turn !== this.#turn) return;
      const merged = this.rows.mergeNewest(page);
      if (merged === null) this.rows.replace(page);
      added = merged ?? 0;
      this.hasNewer = false;
    });
    if (turn === this.#turn && added > 0) this.#onChange(added);
  }

  /** The same events, as they are now. */
  async update(ids: readonly string[]): Promise<void> {
    if (ids.length === 0) return;
    const turn = this.#turn;
    const { events } = await apiGet<{ events: EventDto[] }>('/events/summaries', {
      ids: ids.slice(0, Number(PAGE)).join(','),
    });
    if (turn !== this.#turn) return;
    this.rows.update(events);
    this.#onChange(0);
  }

  async #ask(turn: number, work: () => Promise<void>): Promise<void> {
    this.isAsking = true;
    this.#onChange(0);
    try {
      await work();
      this.problem = null;
    } catch (thrown) {
      if (turn !== this.#turn) return;
      this.problem = thrown;
      if (this.phase === 'loading') this.phase = 'failed';
      else this.isPaused = true;
    }
    if (turn !== this.#turn) return;
    this.isAsking = false;
    this.#onChange(0);
  }

  /** A text is looked for in each event one by one: not in all those that were searched already. */
  #sinceNewest(): Record<string, string> {
    const { newest } = this.rows;
    if (this.#conditions.text === undefined || this.#conditions.from !== undefined) return {};
    if (newest === undefined) return {};
    return { from: String(Date.parse(newest.receivedAt) - OVERLAP_MS) };
  }

  #page(more: Record<string, string>): Promise<EventPageDto> {
    const path = this.#conditions.text === undefined ? '/events' : '/events/search';
    return apiGet<EventPageDto>(path, { ...this.#conditions, ...more, limit: PAGE });
  }
}

import type { EventDto, EventPageDto } from '../../../src/history/dto';

/** The events of a list that are known: the newest first, page by page. Pure: it asks for nothing itself. */
export class EventRows {
  #rows: EventDto[] = [];
  readonly #places = new Map<string, number>();
  #next: string | null = null;

  get length(): number {
    return this.#rows.length;
  }

  /** The cursor of what comes below; null: nothing more. */
  get next(): string | null {
    return this.#next;
  }

  get newest(): EventDto | undefined {
    return this.#rows[0];
  }

  at(place: number): EventDto | undefined {
    return this.#rows[place];
  }

  has(id: string): boolean {
    return this.#places.has(id);
  }

  placeOf(id: string): number | undefined {
    return this.#places.get(id);
  }

  /** Begins anew. */
  replace(page: EventPageDto): void {
    this.#rows = [...page.events];
    this.#next = page.next;
    this.#index();
  }

  /** The page below. An event that moved there meanwhile stays where it is. */
  append(page: EventPageDto): void {
    for (const event of page.events) {
      if (this.has(event.id)) continue;
      this.#places.set(event.id, this.#rows.length);
      this.#rows.push(event);
    }
    this.#next = page.next;
  }

  /**
   * The newest page again. Returns how many new ones stand above now; null: between it and what is known
   * others may be missing, and nothing was changed.
   */
  mergeNewest(page: EventPageDto): number | null {
    const known = page.events.findIndex(({ id }) => this.has(id));
    if (known === -1 && page.next !== null && this.#rows.length > 0) return null;
    this.update(page.events);
    const added = page.events.filter(({ id }) => !this.has(id));
    if (added.length === 0) return 0;
    this.#rows.unshift(...added);
    this.#index();
    return added.length;
  }

  /** The same events, as they are now. */
  update(events: readonly EventDto[]): void {
    for (const event of events) {
      const place = this.#places.get(event.id);
      if (place !== undefined) this.#rows[place] = event;
    }
  }

  #index(): void {
    this.#places.clear();
    for (const [place, { id }] of this.#rows.entries()) this.#places.set(id, place);
  }
}

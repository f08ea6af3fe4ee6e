import type { StoreChanges } from '../events/peers';
import type { Clock } from '../shared/clock';

/** The topic under which editors hear of it. */
export const CHANGES_TOPIC = 'apilinker-webhooks/changes';

/** What changed in the histories since the last word of it: ids only, whoever may see more asks for it. */
export interface HistoryChanges extends StoreChanges {
  /** The flows were started: other endpoints, perhaps. */
  readonly endpoints: boolean;
}

/** Between two words, so a few a second at most. */
const PUBLISH_EVERY_MS = 500;
/** A first change is told together with what follows at once. */
const COLLECT_MS = 100;
const MOST_EVENTS = 100;

/** Tells, a few times a second at most, what has changed; costs next to nothing for each change. */
export class ChangeFeed {
  readonly #clock: Clock;
  readonly #publish: (changes: HistoryChanges) => void;
  readonly #events = new Set<string>();
  #more = false;
  #jobs = false;
  #rejections = false;
  #endpoints = false;
  #isDue = false;
  #publishedAtMs = 0;

  constructor(clock: Clock, publish: (changes: HistoryChanges) => void) {
    this.#clock = clock;
    this.#publish = publish;
  }

  event(id: string): void {
    if (this.#events.size < MOST_EVENTS) this.#events.add(id);
    else if (!this.#events.has(id)) this.#more = true;
    this.#soon();
  }

  /** Of another process that shares a store. */
  elsewhere({ events, more, jobs, rejections }: StoreChanges): void {
    for (const id of events) this.event(id);
    this.#more ||= more;
    this.#jobs ||= jobs;
    this.#rejections ||= rejections;
    this.#soon();
  }

  jobs(): void {
    this.#jobs = true;
    this.#soon();
  }

  rejections(): void {
    this.#rejections = true;
    this.#soon();
  }

  endpoints(): void {
    this.#endpoints = true;
    this.#soon();
  }

  #soon(): void {
    if (this.#isDue) return;
    this.#isDue = true;
    const sinceMs = this.#clock.now() - this.#publishedAtMs;
    const waitMs = Math.max(COLLECT_MS, PUBLISH_EVERY_MS - Math.max(0, sinceMs));
    this.#clock.after(waitMs, () => this.#tell());
  }

  #tell(): void {
    const changes = {
      events: [...this.#events],
      more: this.#more,
      jobs: this.#jobs,
      rejections: this.#rejections,
      endpoints: this.#endpoints,
    };
    this.#events.clear();
    this.#more = this.#jobs = this.#rejections = this.#endpoints = this.#isDue = false;
    this.#publishedAtMs = this.#clock.now();
    this.#publish(changes);
  }
}

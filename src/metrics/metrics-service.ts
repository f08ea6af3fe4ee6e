import type { Clock } from '../shared/clock';
import { families, type Figures, type MeasuredEndpoint, type ProcessFigures } from './collect';
import type { Labels } from './counter';
import { EventLoopDelay } from './event-loop-delay';
import { CONTENT_TYPES, formatFor, writeExposition, type Family } from './exposition';
import { BoundedLabels } from './label-values';
import type { Meters } from './meters';
import { RunningTotals } from './running-totals';
import { storeFigures, type MeasuredStore } from './store-figures';

export interface MetricsSources {
  readonly clock: Clock;
  /** A clock that nobody sets. Milliseconds. */
  readonly elapsedMs: () => number;
  readonly meters: Meters;
  readonly build: Labels;
  readonly stores: () => readonly MeasuredStore[];
  readonly endpoints: () => readonly MeasuredEndpoint[];
  /** Retry nodes, by id. */
  readonly nodes: () => readonly string[];
  readonly openAttempts: () => number;
  readonly process: () => ProcessFigures;
}

/** What a scrape is answered with. */
export interface Exposition {
  readonly contentType: string;
  readonly text: string;
}

/** More endpoints, or nodes, than this share one value of their label. */
const MOST_VALUES = 200;

/** Answers scrapes. Those that come while one is collected share it: asking in parallel costs no more. */
export class MetricsService {
  readonly #sources: MetricsSources;
  readonly #totals = new RunningTotals();
  readonly #labels = new BoundedLabels(MOST_VALUES);
  readonly #eventLoopDelay: EventLoopDelay;
  #collecting: Promise<Family[]> | null = null;

  constructor(sources: MetricsSources) {
    this.#sources = sources;
    this.#eventLoopDelay = new EventLoopDelay(sources.clock, sources.elapsedMs);
  }

  /** `accept`: the header of the request. Never rejects because of a store. */
  async scrape(accept: string | undefined): Promise<Exposition> {
    this.#collecting ??= this.#collect().finally(() => (this.#collecting = null));
    const format = formatFor(accept);
    const collected = await this.#collecting;
    return { contentType: CONTENT_TYPES[format], text: writeExposition(collected, format) };
  }

  async #collect(): Promise<Family[]> {
    this.#eventLoopDelay.start();
    const { clock, elapsedMs, meters, build, ...sources } = this.#sources;
    const startedAtMs = elapsedMs();
    const endpoints = sources.endpoints();
    const nodes = sources.nodes();
    const places = { endpoints: endpoints.map(({ endpoint }) => endpoint), nodes };
    const stores = await Promise.all(
      sources.stores().map((store) => storeFigures(store, places, clock)),
    );
    for (const { name, asked } of stores) {
      if (asked !== null) this.#totals.update(name, asked.measures.totals);
    }
    const figures: Figures = {
      ...{ meters, build, endpoints, nodes, stores },
      nowMs: clock.now(),
      totals: this.#totals.read(),
      openAttempts: sources.openAttempts(),
      eventLoopDelay: this.#eventLoopDelay.histogram,
      process: sources.process(),
      scrapeSeconds: (elapsedMs() - startedAtMs) / 1000,
    };
    return families(figures, this.#labels);
  }
}

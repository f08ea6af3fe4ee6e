import type { Clock } from '../shared/clock';
import {
  families,
  type Figures,
  type IsShown,
  type MeasuredEndpoint,
  type ProcessFigures,
} from './collect';
import type { Labels } from './counter';
import { EventLoopDelay } from './event-loop-delay';
import { CONTENT_TYPES, formatFor, writeExposition, type Family } from './exposition';
import { GoneSeries } from './gone-series';
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
  readonly retryNodes: () => readonly string[];
  /** Whether there is a node of that id, of whatever type. */
  readonly hasNode: (id: string) => boolean;
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
  readonly #gone = new GoneSeries();
  #collecting: Promise<Family[]> | null = null;

  constructor(sources: MetricsSources) {
    this.#sources = sources;
    this.#eventLoopDelay = new EventLoopDelay(sources.clock, sources.elapsedMs);
  }

  /** `accept`: the header of the request. Never rejects because of a store. */
  async scrape(accept: string | undefined): Promise<Exposition> {
    this.#eventLoopDelay.start();
    const format = formatFor(accept);
    const collected = await this.#collected();
    return { contentType: CONTENT_TYPES[format], text: writeExposition(collected, format) };
  }

  /** A store is about to be closed: asks once more, since what it has counted goes with it. */
  async beforeClose(): Promise<void> {
    await this.#collecting;
    await this.#collected();
  }

  #collected(): Promise<Family[]> {
    this.#collecting ??= this.#collect().finally(() => (this.#collecting = null));
    return this.#collecting;
  }

  async #collect(): Promise<Family[]> {
    const { clock, elapsedMs, meters, build, hasNode, ...sources } = this.#sources;
    const startedAtMs = elapsedMs();
    const endpoints = sources.endpoints();
    const retryNodes = sources.retryNodes();
    const places = {
      endpoints: new Set(endpoints.map(({ endpoint }) => endpoint)),
      nodes: new Set(retryNodes),
    };
    const stores = await Promise.all(
      sources.stores().map((store) => storeFigures(store, places, clock)),
    );
    this.#totals.keepOnly(new Set(stores.map(({ id }) => id)));
    for (const { id, name, asked } of stores) {
      if (asked !== null) this.#totals.update({ id, history: name }, asked.measures.totals);
    }
    const figures: Figures = {
      ...{ meters, build, endpoints, retryNodes, hasNode, stores },
      nowMs: clock.now(),
      totals: this.#totals.read(),
      openAttempts: sources.openAttempts(),
      eventLoopDelay: this.#eventLoopDelay.histogram,
      process: sources.process(),
      scrapeSeconds: (elapsedMs() - startedAtMs) / 1000,
    };
    const isShown: IsShown = (name, labels, value, isThere) =>
      this.#gone.isShown(name, labels, value, isThere, startedAtMs);
    return families(figures, this.#labels, isShown);
  }
}

import { COUNTED, type EndpointActivity } from '../../../src/events/minute-counts';
import type { ActivityDto } from '../../../src/history/dto';
import { ActivityPlot, type Counts } from './activity-plot';
import { el } from './dom';
import { clockTime, count } from './format';
import { sum } from './health';
import { t } from './red-editor';

const MINUTE_MS = 60_000;

/** Several endpoints together. */
export function together(all: readonly EndpointActivity[], minutes: number): Counts {
  const add = (kind: keyof Counts): number[] =>
    Array.from({ length: minutes }, (_, at) => sum(all.map((one) => one[kind][at] ?? 0)));
  return { received: add('received'), failed: add('failed'), rejected: add('rejected') };
}

/**
 * Received, failed and refused in each minute of the last hour, drawn, with the numbers of one minute in words:
 * under the pointer, or moved by the arrow keys. Who does not see the drawing is told the sums.
 */
export class ActivityChart {
  readonly element: HTMLElement;
  readonly #frame = el('div', { class: 'aw-chart-frame', tabindex: 0, role: 'img' });
  readonly #words = el('p', { class: 'aw-chart-words', role: 'status' });
  readonly #legend = el('div', { class: 'aw-legend' });
  #plot: ActivityPlot | null = null;
  #counts: Counts | null = null;
  #untilMs = 0;
  #minute: number | null = null;

  constructor() {
    this.element = el('div', { class: 'aw-chart' }, this.#frame, this.#words, this.#legend);
    this.#frame.addEventListener('blur', () => this.#plot?.point(null));
    this.#frame.addEventListener('keydown', (event) => {
      const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
      if (by === undefined || this.#minutes === 0) return;
      event.preventDefault();
      event.stopPropagation();
      const next = (this.#minute ?? this.#minutes) + by;
      this.#plot?.point(Math.min(Math.max(0, next), this.#minutes - 1));
    });
  }

  show({ until }: ActivityDto, counts: Counts): void {
    this.#counts = counts;
    this.#untilMs = Date.parse(until);
    const data = { counts, untilMs: this.#untilMs };
    if (this.#plot !== null) this.#plot.show(counts, this.#untilMs);
    else this.#plot = new ActivityPlot(this.#frame, data, (minute) => this.#pointed(minute));
    const sums = COUNTED.map((kind) => [kind, count(sum(counts[kind]))] as const);
    this.#frame.setAttribute('aria-label', t('chart.label', Object.fromEntries(sums)));
    this.#legend.replaceChildren(
      ...sums.map(([kind, number]) =>
        el(
          'span',
          { class: `aw-legend-${kind}` },
          el('strong', { text: number }),
          ` ${t(`chart.${kind}`)}`,
        ),
      ),
    );
    this.#words.textContent = this.#inWords();
  }

  /** Out of sight: nothing of the drawing is left. */
  hide(): void {
    this.#plot?.destroy();
    this.#plot = null;
    this.#minute = null;
  }

  get #minutes(): number {
    return this.#counts?.received.length ?? 0;
  }

  #pointed(minute: number | null): void {
    this.#minute = minute;
    this.#words.textContent = this.#inWords();
  }

  #inWords(): string {
    const [at, counts] = [this.#minute, this.#counts];
    if (at === null || counts === null) return t('chart.lastHour');
    const startMs = this.#untilMs - (this.#minutes - at) * MINUTE_MS;
    const numbers = COUNTED.map((kind) => `${count(counts[kind][at] ?? 0)} ${t(`chart.${kind}`)}`);
    return [clockTime(startMs), ...numbers].join(' · ');
  }
}

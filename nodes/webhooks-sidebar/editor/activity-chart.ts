import { COUNTED, type Counted, type EndpointActivity } from '../../../src/events/minute-counts';
import type { ActivityDto } from '../../../src/history/dto';
import { el } from './dom';
import { count } from './format';
import { sum } from './health';
import { t } from './red-editor';

type Counts = Readonly<Record<Counted, readonly number[]>>;

const SVG = 'http://www.w3.org/2000/svg';
const MINUTE_MS = 60_000;
/** Units of the drawing: one minute is `STEP` wide. */
const STEP = 10;
const HEIGHT = 60;
const WORTH_SHOWING = 1;

/** Several endpoints together. */
export function together(all: readonly EndpointActivity[], minutes: number): Counts {
  const add = (kind: Counted): number[] =>
    Array.from({ length: minutes }, (_, at) => sum(all.map((one) => one[kind][at] ?? 0)));
  return { received: add('received'), failed: add('failed'), rejected: add('rejected') };
}

/**
 * Received, failed and refused in each minute of the last hour, as bars beside each other, with the numbers
 * of one minute in words: under the pointer, or moved by the arrow keys. A drawing of 60 minutes needs no
 * library.
 */
export class ActivityChart {
  readonly element: HTMLElement;
  readonly #drawing: SVGSVGElement;
  readonly #words = el('p', { class: 'aw-chart-words', role: 'status' });
  readonly #legend = el('div', { class: 'aw-legend' });
  #counts: Counts | null = null;
  #untilMs = 0;
  #minute: number | null = null;

  constructor() {
    this.#drawing = document.createElementNS(SVG, 'svg');
    this.#drawing.setAttribute('preserveAspectRatio', 'none');
    this.#drawing.setAttribute('aria-hidden', 'true');
    const frame = el('div', {
      class: 'aw-chart-frame',
      tabindex: 0,
      role: 'img',
      label: t('chart.label'),
    });
    frame.append(this.#drawing);
    this.element = el('div', { class: 'aw-chart' }, frame, this.#words, this.#legend);
    frame.addEventListener('pointermove', (event) => {
      const { left, width } = frame.getBoundingClientRect();
      this.#point(Math.floor(((event.clientX - left) / width) * this.#minutes));
    });
    frame.addEventListener('pointerleave', () => this.#point(null));
    frame.addEventListener('blur', () => this.#point(null));
    frame.addEventListener('keydown', (event) => {
      const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
      if (by === undefined) return;
      event.preventDefault();
      event.stopPropagation();
      this.#point((this.#minute ?? this.#minutes) + by);
    });
  }

  show({ until, minutes }: ActivityDto, counts: Counts): void {
    this.#counts = counts;
    this.#untilMs = Date.parse(until);
    this.#drawing.setAttribute('viewBox', `0 0 ${minutes * STEP} ${HEIGHT}`);
    this.#drawing.replaceChildren(...this.#bars(counts));
    this.#legend.replaceChildren(
      ...COUNTED.map((kind) =>
        el(
          'span',
          { class: `aw-legend-${kind}` },
          el('strong', { text: count(sum(counts[kind])) }),
          ` ${t(`chart.${kind}`)}`,
        ),
      ),
    );
    this.#point(this.#minute);
  }

  get #minutes(): number {
    return this.#counts?.received.length ?? 0;
  }

  /** Failures are part of what came; refused requests are not, and stand on top. */
  #bars({ received, failed, rejected }: Counts): SVGElement[] {
    const most = Math.max(
      WORTH_SHOWING,
      ...received.map((n, at) => Math.max(n, failed[at] ?? 0) + (rejected[at] ?? 0)),
    );
    const bars: SVGElement[] = [];
    for (const [at, came] of received.entries()) {
      const lost = failed[at] ?? 0;
      const whole = Math.max(came, lost);
      bars.push(...bar('received', at, whole / most, 0));
      bars.push(...bar('failed', at, lost / most, 0));
      bars.push(...bar('rejected', at, (rejected[at] ?? 0) / most, whole / most));
    }
    return bars;
  }

  #point(minute: number | null): void {
    const last = this.#minutes - 1;
    this.#minute = minute === null || last < 0 ? null : Math.min(Math.max(0, minute), last);
    for (const each of this.#drawing.children) {
      each.classList.toggle(
        'aw-pointed',
        (each as SVGElement).dataset['minute'] === String(this.#minute),
      );
    }
    this.#words.textContent = this.#inWords();
  }

  #inWords(): string {
    const [at, counts] = [this.#minute, this.#counts];
    if (at === null || counts === null) return t('chart.lastHour');
    const startMs = this.#untilMs - (this.#minutes - at) * MINUTE_MS;
    const time = { hour: '2-digit', minute: '2-digit', hour12: false } as const;
    const numbers = COUNTED.map((kind) => `${count(counts[kind][at] ?? 0)} ${t(`chart.${kind}`)}`);
    return [new Date(startMs).toLocaleTimeString(undefined, time), ...numbers].join(' · ');
  }
}

/** Nothing for nothing; something that can be seen for anything else. */
function bar(kind: Counted, minute: number, share: number, above: number): SVGElement[] {
  if (share <= 0) return [];
  const height = Math.max(2, share * HEIGHT);
  const made = document.createElementNS(SVG, 'rect');
  made.setAttribute('class', `aw-bar-${kind}`);
  made.setAttribute('x', String(minute * STEP + 1));
  made.setAttribute('width', String(STEP - 2));
  made.setAttribute('y', String(HEIGHT - above * HEIGHT - height));
  made.setAttribute('height', String(height));
  made.dataset['minute'] = String(minute);
  return [made];
}

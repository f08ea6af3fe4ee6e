import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import type { Counted } from '../../../src/events/minute-counts';
import { clockTime, count } from './format';

/** What is counted, minute by minute. */
export type Counts = Readonly<Record<Counted, readonly number[]>>;

const MINUTE_S = 60;
/** The scale of a quiet hour; above it, it follows the highest minute. */
const LEAST_SCALE = 4;
/** Of the height: what is anything at all can be seen. */
const LEAST_SHARE = 0.03;
const FONT = '11px "Helvetica Neue", Arial, sans-serif';
/** Pixels of the numbers beside the chart: of each character, and around them. */
const DIGIT_WIDTH = 7;
const NUMBERS_MARGIN = 12;
/** Pixels of half of a time below the chart. */
const HALF_TIME_WIDTH = 20;

/**
 * The drawing of a chart, by uPlot: bars of what came, of what failed in front of them, of what was refused on top;
 * the hour below, numbers beside. It fills its frame, follows its size and the editor's theme, and tells which
 * minute is pointed at. Colours are read from the frame's style: `color` of the texts, `border-color` of the lines,
 * `--aw-bar-*` of the bars.
 */
export class ActivityPlot {
  readonly #frame: HTMLElement;
  readonly #onMinute: (minute: number | null) => void;
  readonly #sizes: ResizeObserver;
  readonly #themes: MutationObserver;
  readonly #dark = matchMedia('(prefers-color-scheme: dark)');
  readonly #repaint = (): void => this.#plot?.redraw(false);
  #data: uPlot.AlignedData;
  #plot: uPlot | null = null;

  constructor(
    frame: HTMLElement,
    { counts, untilMs }: { counts: Counts; untilMs: number },
    onMinute: (minute: number | null) => void,
  ) {
    this.#frame = frame;
    this.#onMinute = onMinute;
    this.#data = bars(counts, untilMs);
    this.#sizes = new ResizeObserver(() => this.#fit());
    this.#sizes.observe(frame);
    // The editor's theme is a class of the document; that of a theme's own style may be the system's.
    this.#themes = new MutationObserver(this.#repaint);
    this.#themes.observe(document.documentElement, { attributeFilter: ['class'] });
    this.#dark.addEventListener('change', this.#repaint);
  }

  show(counts: Counts, untilMs: number): void {
    this.#data = bars(counts, untilMs);
    this.#plot?.setData(this.#data);
  }

  /** Points at a minute, as the pointer does; at none with null. */
  point(minute: number | null): void {
    const at = minute === null ? undefined : this.#data[0]?.[minute];
    const left = at === undefined ? -10 : (this.#plot?.valToPos(at, 'x') ?? -10);
    this.#plot?.setCursor({ left, top: 0 });
  }

  destroy(): void {
    this.#sizes.disconnect();
    this.#themes.disconnect();
    this.#dark.removeEventListener('change', this.#repaint);
    this.#plot?.destroy();
    this.#plot = null;
  }

  /** Drawn once there is room for it. */
  #fit(): void {
    const size = { width: this.#frame.clientWidth, height: this.#frame.clientHeight };
    if (size.width === 0 || size.height === 0) return;
    if (this.#plot === null) {
      this.#plot = new uPlot({ ...size, ...this.#look() }, this.#data, this.#frame);
    } else this.#plot.setSize(size);
  }

  #look(): Omit<uPlot.Options, 'width' | 'height'> {
    const style = getComputedStyle(this.#frame);
    const text = (): string => style.color;
    const line = (): string => style.borderTopColor;
    const paths = uPlot.paths.bars?.({ size: [0.8, 30] });
    const series = (kind: Counted): uPlot.Series => ({
      ...(paths === undefined ? {} : { paths }),
      fill: () => style.getPropertyValue(`--aw-bar-${kind}`),
      width: 0,
      points: { show: false },
    });
    return {
      series: [{}, series('rejected'), series('received'), series('failed')],
      scales: {
        x: { range: (plot) => hour(plot.data[0]) },
        y: { range: (_, __, most) => [0, top(most)] },
      },
      axes: [timeAxis(text, line), numberAxis(text, line)],
      padding: [8, 0, 0, 0],
      legend: { show: false },
      cursor: {
        ...{ y: false, points: { show: false }, drag: { x: false, y: false, setScale: false } },
        move: snap,
      },
      hooks: { setCursor: [(plot) => this.#onMinute(plot.cursor.idx ?? null)] },
    };
  }
}

/** Each is drawn over the one before: refused ones on top of what came, failures in front of it. */
function bars({ received, failed, rejected }: Counts, untilMs: number): uPlot.AlignedData {
  const until = untilMs / 1000;
  const whole = received.map((n, at) => Math.max(n, failed[at] ?? 0));
  const most = Math.max(LEAST_SCALE, ...whole.map((n, at) => n + (rejected[at] ?? 0)));
  const seen = (n: number): number => (n > 0 ? Math.max(n, most * LEAST_SHARE) : 0);
  const shown = (n: number): number | null => (n > 0 ? n : null);
  return [
    received.map((_, at) => until - (received.length - at - 0.5) * MINUTE_S),
    rejected.map((n, at) => (n > 0 ? seen(whole[at] ?? 0) + seen(n) : null)),
    whole.map((n) => shown(seen(n))),
    failed.map((n) => shown(seen(n))),
  ];
}

/** From the begin of the first minute to the end of the last. */
function hour(middles: uPlot.AlignedData[0]): [number, number] {
  const [first = 0, last = 0] = [middles[0], middles[middles.length - 1]];
  return [first - MINUTE_S / 2, last + MINUTE_S / 2];
}

function top(most: number | null): number {
  return Math.max(LEAST_SCALE, most ?? 0);
}

/** The cursor stands in the middle of the minute that it points at. */
function snap(plot: uPlot, left: number, topOf: number): [number, number] {
  const at = left < 0 ? undefined : plot.data[0][plot.posToIdx(left)];
  return at === undefined ? [left, topOf] : [plot.valToPos(at, 'x'), topOf];
}

function timeAxis(text: () => string, line: () => string): uPlot.Axis {
  return {
    ...{ stroke: text, font: FONT, size: 20, gap: 4, space: 46 },
    incrs: [5, 10, 15, 20, 30].map((minutes) => minutes * MINUTE_S),
    values: (plot, times) => times.map((at) => (hasRoom(plot, at) ? clockTime(at * 1000) : '')),
    grid: { show: false },
    ticks: { stroke: line, size: 4, width: 1 },
    border: { show: true, stroke: line, width: 1 },
  };
}

/** Half of a time would be cut off at the end of the hour. */
function hasRoom({ scales, width }: uPlot, at: number): boolean {
  const { min, max } = scales['x'] ?? {};
  const [from, until] = [min ?? 0, max ?? 0];
  return until - at > ((until - from) * HALF_TIME_WIDTH) / width;
}

function numberAxis(text: () => string, line: () => string): uPlot.Axis {
  return {
    ...{ stroke: text, font: FONT, gap: 4, space: 26 },
    size: (_, values) =>
      NUMBERS_MARGIN + DIGIT_WIDTH * Math.max(1, ...(values ?? []).map((value) => value.length)),
    incrs: [...Array(7).keys()].flatMap((digits) => [1, 2, 5].map((n) => n * 10 ** digits)),
    values: (_, numbers) => numbers.map((n) => count(n)),
    grid: { stroke: line, width: 1 },
    ticks: { show: false },
  };
}

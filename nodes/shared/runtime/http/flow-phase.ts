import type { NodeAPI } from 'node-red';
import type { Clock, Timer } from '../../../../src/shared/clock';

/**
 * Whether flows run: `starting` until they do for the first time; `open` from then on, deploys
 * included, since what is received meanwhile is delivered after the start; `stopped` when somebody
 * stopped them, or no start has come for a minute; `ending` when the process was told to end.
 */
export type FlowPhase = 'starting' | 'open' | 'stopped' | 'ending';

const START_EXPECTED_WITHIN_MS = 60_000;

interface RuntimeEvent {
  readonly id?: string;
  readonly payload?: {
    readonly state?: string;
    /** The flows stop as a part of a deploy. */
    readonly deploy?: boolean;
    /** Why they were not started: `missing-types`, `missing-modules`, `safe-mode`. */
    readonly error?: string;
  };
}

/** What keeps the flows from starting for now: they start by themselves when it is installed. */
const MAY_START_SOON: readonly (string | undefined)[] = ['missing-types', 'missing-modules'];

export class FlowPhases {
  #phase: FlowPhase = 'starting';
  #deadline: Timer | undefined;

  constructor(RED: NodeAPI, clock: Clock, onStarted: () => void) {
    RED.events.on('flows:started', () => {
      this.#enter('open');
      onStarted();
    });
    RED.events.on('flows:stopped', () => {
      if (this.#phase !== 'open') return;
      this.#deadline?.cancel();
      this.#deadline = clock.after(START_EXPECTED_WITHIN_MS, () => this.#enter('stopped'));
    });
    RED.events.on('runtime-event', (event: RuntimeEvent) => {
      if (event.id !== 'runtime-state' || event.payload === undefined) return;
      const { state, deploy, error } = event.payload;
      if (deploy === true || MAY_START_SOON.includes(error)) return;
      if (state === 'stop' || state === 'safe') this.#stopped();
    });
  }

  /** The process ends: nothing starts any more. */
  end(): void {
    this.#enter('ending');
  }

  get phase(): FlowPhase {
    return this.#phase;
  }

  #stopped(): void {
    if (this.#phase === 'open') this.#enter('stopped');
  }

  #enter(phase: FlowPhase): void {
    if (this.#phase === 'ending') return;
    this.#deadline?.cancel();
    this.#deadline = undefined;
    this.#phase = phase;
  }
}

import type { AttemptOptions } from '../../../src/delivery/attempt';
import type { FlowMessage } from '../../../src/delivery/flow-hooks';
import { FlowTracker } from '../../../src/delivery/flow-tracker';
import { createFakeClock } from '../../support/fake-clock';
import {
  ATTEMPT_OPTIONS,
  HandMadeFlow,
  handMadeNode,
  recorder,
  turn,
} from '../../support/tracker/hand-made-flow';

export const clock = createFakeClock();
let ids = 0;

export function setUp({ catchable = true } = {}) {
  const tracker = new FlowTracker({
    clock,
    newMessageId: () => `id${++ids}`,
    isCatchable: () => catchable,
    mayMiss: (id) => id === 'off',
  });
  const flow = new HandMadeFlow(tracker);
  const wrapper = handMadeNode('wrapper');
  const start = (send: (msg: FlowMessage) => void, options: Partial<AttemptOptions> = {}) => {
    const seen = recorder();
    const msg: FlowMessage = { payload: 'hello' };
    const attempt = tracker.start({ ...ATTEMPT_OPTIONS, ...options }, seen, msg, send);
    return { attempt, seen, msg };
  };
  return { tracker, flow, wrapper, start };
}

/** Lets the quiet period pass. */
export async function settle(): Promise<void> {
  await turn();
  clock.advance(150);
  await turn();
}

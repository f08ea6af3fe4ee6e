import type { NodeAPI } from 'node-red';
import type { TestReport } from '../test-report';

/** By node id. */
export type TestEvents = Map<string, () => Promise<TestReport>>;

const known = new WeakMap<object, TestEvents>();

/** Who sends a test event to which of the endpoints of this Node-RED that run. */
export function testEventsOf(RED: NodeAPI): TestEvents {
  const events = known.get(RED.events) ?? new Map<string, () => Promise<TestReport>>();
  known.set(RED.events, events);
  return events;
}

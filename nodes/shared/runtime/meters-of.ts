import type { NodeAPI } from 'node-red';
import { Meters } from '../../../src/metrics/meters';

const known = new WeakMap<object, Meters>();

/** What is counted in this Node-RED. */
export function metersOf(RED: NodeAPI): Meters {
  const before = known.get(RED.events);
  if (before !== undefined) return before;
  const meters = new Meters();
  known.set(RED.events, meters);
  return meters;
}

import type { NodeAPI } from 'node-red';

/** A test event: what was sent, without secrets, and what came of it. */
export interface TestReport {
  /** Null: none was stored. */
  readonly eventId: string | null;
  readonly request: {
    readonly method: string;
    readonly url: string;
    readonly headers: Readonly<Record<string, string>>;
    readonly body: string;
  };
  /** The first 4 KB of its body. */
  readonly answer: { readonly status: number; readonly contentType: string; readonly body: string };
}

/** By node id. */
export type TestEvents = Map<string, () => Promise<TestReport>>;

const known = new WeakMap<object, TestEvents>();

/** Who sends a test event to which of the endpoints of this Node-RED that run. */
export function testEventsOf(RED: NodeAPI): TestEvents {
  const events = known.get(RED.events) ?? new Map<string, () => Promise<TestReport>>();
  known.set(RED.events, events);
  return events;
}

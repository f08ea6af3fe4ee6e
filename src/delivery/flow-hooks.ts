/**
 * What the tracker needs of a flow runtime: five moments in the life of a message, and a node. These
 * are the shapes of Node-RED's messaging hooks (RED.hooks), named here so that `src` does not import it.
 */
export interface FlowMessage {
  _msgid?: string | undefined;
  [property: string]: unknown;
}

export interface FlowNode {
  readonly id: string;
  readonly type: string;
  readonly name?: string;
  /** How many of its input handlers report done; 0: a legacy handler that never does. */
  readonly _expectedDoneCount?: number;
  error?: (error: unknown, message?: unknown) => void;
  on?(event: 'close', callback: () => void): unknown;
}

export interface SendEvent {
  readonly msg: FlowMessage;
  readonly source: { readonly id: string; readonly node?: FlowNode };
  readonly destination: { readonly id: string; readonly node?: FlowNode };
}

export interface ReceiveEvent {
  readonly msg: FlowMessage;
  readonly destination: { readonly id: string; readonly node: FlowNode };
}

export interface CompleteEvent {
  readonly msg: FlowMessage;
  readonly error?: unknown;
  readonly node: { readonly id: string; readonly node: FlowNode };
}

/** An error that a node logged without naming the message. */
export interface LoggedError {
  readonly nodeId: string;
  readonly error: unknown;
}

/** The tracker's side of the hooks; the adapter calls these, in Node-RED's order. None of them throws. */
export interface FlowObserver {
  onSend(events: readonly SendEvent[]): void;
  preDeliver(event: SendEvent): void;
  onReceive(event: ReceiveEvent): void;
  postReceive(event: ReceiveEvent): void;
  onComplete(event: CompleteEvent): void;
  onLoggedError(logged: LoggedError): void;
}

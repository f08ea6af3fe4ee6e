import type { NodeAPI } from 'node-red';
import type {
  CompleteEvent,
  FlowObserver,
  ReceiveEvent,
  SendEvent,
} from '../../../src/delivery/flow-hooks';
import { isRecord, parseJson } from '../../../src/shared/json';

const LABEL = 'apilinkerWebhooks';

/** RED.hooks as it is used here; `@types/node-red` knows it, the test helper's runtime has none. */
interface Hooks {
  add(id: string, callback: (event: never) => void): void;
  remove(id: string): void;
}

interface LogMessage {
  readonly level: number;
  readonly id?: string;
  readonly msg?: unknown;
}

interface LogHandler {
  emit(event: string, message: LogMessage): void;
}

/** The parts of RED.log that its type declarations leave out. */
interface Log {
  readonly ERROR: number;
  addHandler(handler: LogHandler): void;
  removeHandler(handler: LogHandler): void;
}

/**
 * Connects a tracker to the messaging hooks and the log of the runtime. A hook that throws aborts
 * that delivery of the user's message, so nothing escapes from here. Returns the way back.
 */
export function bindTracker(
  RED: NodeAPI,
  observer: FlowObserver,
  onFault: (thrown: unknown) => void,
): () => void {
  const guarded =
    <T>(observe: (event: T) => void) =>
    (event: T): void => {
      try {
        observe(event);
      } catch (thrown) {
        onFault(thrown);
      }
    };
  const hooks = RED.hooks as unknown as Hooks;
  hooks.add(
    `onSend.${LABEL}`,
    guarded((events: readonly SendEvent[]) => observer.onSend(events)),
  );
  hooks.add(
    `preDeliver.${LABEL}`,
    guarded((event: SendEvent) => observer.preDeliver(event)),
  );
  hooks.add(
    `onReceive.${LABEL}`,
    guarded((event: ReceiveEvent) => observer.onReceive(event)),
  );
  hooks.add(
    `postReceive.${LABEL}`,
    guarded((event: ReceiveEvent) => observer.postReceive(event)),
  );
  hooks.add(
    `onComplete.${LABEL}`,
    guarded((event: CompleteEvent) => observer.onComplete(event)),
  );
  const unbindLog = bindLog(RED.log, guarded, observer);
  return () => {
    hooks.remove(`*.${LABEL}`);
    unbindLog();
  };
}

function bindLog(
  log: Partial<Log>,
  guarded: <T>(observe: (event: T) => void) => (event: T) => void,
  observer: FlowObserver,
): () => void {
  const { ERROR, addHandler, removeHandler } = log;
  if (ERROR === undefined || addHandler === undefined) return () => undefined;
  const report = guarded((message: LogMessage) => {
    if (message.id !== undefined) {
      observer.onLoggedError({ nodeId: message.id, error: loggedError(message.msg) });
    }
  });
  const handler: LogHandler = {
    // Called for every metric of every message: the level decides first.
    emit(_event, message) {
      if (message.level === ERROR) report(message);
    },
  };
  addHandler.call(log, handler);
  return () => removeHandler?.call(log, handler);
}

/** Debug's log handler may have run before ours and have encoded an Error as JSON in the message. */
function loggedError(msg: unknown): unknown {
  if (typeof msg !== 'string' || !msg.startsWith('{"__enc__"')) return msg;
  const decoded = parseJson(msg);
  const data = isRecord(decoded) ? decoded['data'] : undefined;
  return isRecord(data) ? data : msg;
}

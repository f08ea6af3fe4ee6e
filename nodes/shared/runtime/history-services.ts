import type { EventStore } from '../../../src/events/event-store';
import { HistoryService } from '../../../src/history/history-service';
import { ReplayService } from '../../../src/history/replay-service';
import { SteeringService } from '../../../src/history/steering-service';
import { redeliver } from './redeliver';
import type { WebhooksRuntime } from './webhooks-runtime';

export interface HistoryServices {
  readonly history: HistoryService;
  readonly replays: ReplayService;
  readonly steering: SteeringService;
}

/** What may be seen and done with the events of some stores, in this Node-RED. */
export function historyServices(
  runtime: WebhooksRuntime,
  stores: () => readonly EventStore[],
): HistoryServices {
  const { clock, retries } = runtime;
  const hasRetryNode = (nodeId: string): boolean => retries.isAttached(nodeId);
  const changed = ({ endedJobId }: { readonly endedJobId?: string }): void => {
    if (endedJobId !== undefined) for (const one of retries.attached()) one.jobEnded(endedJobId);
    retries.wake();
    for (const dispatcher of runtime.dispatchers.attached()) dispatcher.eventEnded();
  };
  return {
    history: new HistoryService({ stores, hasRetryNode, clock }),
    replays: new ReplayService({ stores, clock, redeliver: (event) => redeliver(runtime, event) }),
    steering: new SteeringService({ stores, hasRetryNode, changed, clock }),
  };
}

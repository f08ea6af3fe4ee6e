import type { Node } from 'node-red';
import type { EventStore } from '../../../../src/events/event-store';
import type { RejectionSink } from '../../../../src/ingest/rejection-recorder';
import { errorText } from '../../../../src/shared/errors';
import { newId } from '../../../../src/shared/ids';

/** Keeps refused requests in the history of a node; one that can't be kept is no reason to fail. */
export function rejectionSink(node: Node, store: EventStore): RejectionSink {
  return (rejection) => {
    store.reject({ ...rejection, id: newId(rejection.atMs) }).catch((thrown: unknown) => {
      node.debug(`A rejection was not kept: ${errorText(thrown)}`);
    });
  };
}

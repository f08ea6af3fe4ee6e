import type { Node, NodeAPI } from 'node-red';
import type { RejectionSink } from '../../../../src/ingest/rejection-recorder';
import { errorText } from '../../../../src/shared/errors';
import { newId } from '../../../../src/shared/ids';
import { attachStore } from '../attach-store';

/** Keeps refused requests in the history of a node; one that can't be kept is no reason to fail. */
export function rejectionSink(RED: NodeAPI, node: Node, historyId: string): RejectionSink {
  const store = attachStore(RED, node, historyId);
  return (rejection) => {
    store.reject({ ...rejection, id: newId(rejection.atMs) }).catch((thrown: unknown) => {
      node.debug(`A rejection was not kept: ${errorText(thrown)}`);
    });
  };
}

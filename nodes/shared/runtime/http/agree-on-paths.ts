import type { NodeAPI } from 'node-red';
import { PathAgreement, type Place } from '../../../../src/delivery/path-agreement';
import { endpointKey } from '../../../../src/events/event';
import type { Peers } from '../../../../src/events/peers';
import { webhooksRuntime } from '../webhooks-runtime';
import type { PathOrder } from './endpoint-server';
import { listenersOf } from './listeners';
import { nodeRedServer } from './node-red-server';

/** Settles with other instances which endpoint holds a path that several have, each time the flows are started. */
export function agreeOnPaths(RED: NodeAPI): void {
  const { stores, clock, logger } = webhooksRuntime(RED);
  const peers = (): (Peers | null)[] =>
    stores.described().flatMap(({ file, store }) => (file === null ? [store?.peers ?? null] : []));
  const agreement = new PathAgreement({ peers, places: () => placesOf(RED), clock, logger });
  RED.events.on('flows:stopping', () => agreement.stop());
  RED.events.on('flows:started', () => agreement.start());
}

function placesOf(RED: NodeAPI): Map<string, Place> {
  const servers: [listener: string, paths: PathOrder][] = [
    ['', nodeRedServer(RED).paths],
    ...listenersOf(RED)
      .all()
      .map(([id, { paths }]): [string, PathOrder] => [id, paths]),
  ];
  return new Map(
    servers.flatMap(([listener, paths]) =>
      paths.owners().map(([shape, owners]): [string, Place] => {
        const arrange = (wanted: readonly string[]): void => void paths.arrange(shape, wanted);
        return [endpointKey(listener, shape), { owners, arrange }];
      }),
    ),
  );
}

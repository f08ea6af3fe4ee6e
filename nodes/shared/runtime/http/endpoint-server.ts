import type { Endpoint } from '../../../../src/ingest/endpoint';
import type { PathPattern } from '../../../../src/ingest/path-pattern';
import type { RouteTable } from '../../../../src/ingest/routes';

/** What an endpoint learns about its place, each time the flows are started. */
export type MountState =
  | { readonly kind: 'open' }
  /** Another node holds this method of the path; this one has what is in `held`. */
  | { readonly kind: 'conflict'; readonly method: string; readonly held: readonly string[] }
  /** A route of Node-RED's own (`http in`) answers this method of the path. */
  | { readonly kind: 'core-route'; readonly method: string };

export interface Mount {
  /** The id of the node. */
  readonly owner: string;
  readonly pattern: PathPattern;
  readonly methods: readonly string[];
  /** Null: it can't work as it is configured; every request is refused. */
  readonly endpoint: Endpoint | null;
  readonly onState: (state: MountState) => void;
  /** Whether what comes can be stored, as far as is known. */
  readonly canStore: () => boolean;
}

/** Who holds which path of a server: what several processes may settle between them. */
export type PathOrder = Pick<RouteTable<unknown>, 'owners' | 'arrange'>;

/** An HTTP server on which endpoints receive; it outlives the instances of their nodes (G3). */
export interface EndpointServer {
  /** Mounts an endpoint, in place of what its node had there before. */
  mount(mount: Mount): void;
  /** The node was closed. Its endpoints go on receiving until the flows are started without it. */
  suspend(owner: string): void;
  readonly paths: PathOrder;
  /**
   * For a node that is closed because the process ends: waits for the answers to what is received
   * already, a moment at most. In a deploy there is nothing to wait for.
   */
  flushed(): Promise<void>;
}

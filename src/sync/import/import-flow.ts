import type { ImportedConfig } from './import-config';
import type { ImportedConnection } from './import-connection';
import type { ImportedSchedule } from './import-schedule';

/** A node as the editor imports it; defaults of its type fill what is not named. */
export interface FlowNode {
  readonly id: string;
  readonly type: string;
  readonly credentials?: Readonly<Record<string, string>>;
  readonly [property: string]: unknown;
}

const COLUMNS = { start: 160, retry: 380, sync: 600 };
const ROW = 80;

/**
 * The nodes of an imported configuration: its connections, a sync for each mapping, and what starts them: a
 * `webhook-in` for each endpoint of its webhook server, an `inject` where an API is the source.
 */
export function flowOf(config: ImportedConfig): FlowNode[] {
  const connections = [
    connectionNode('source', config.source),
    connectionNode('target', config.target),
  ].filter((node) => node !== null);
  const syncs = config.syncs.map(({ properties }, at) => ({
    ...properties,
    ...place(`sync-${at}`, 'apilinker-sync', 'sync', at),
    source: config.source === null ? '' : 'source',
    target: config.target === null ? '' : 'target',
    wires: [[], []],
  }));
  const before = syncs.map(({ id }) => id);
  const { endpoints, retry } = config.webhooks;
  const retries =
    retry === null
      ? []
      : [{ ...retry, ...place('retry', 'webhook-retry', 'retry', 0), wires: [before, []] }];
  const begin = retry === null ? before : ['retry'];
  const starts = endpoints.map(({ properties, credentials }, at) => ({
    ...properties,
    ...place(`webhook-${at}`, 'webhook-in', 'start', at),
    credentials,
    wires: [begin],
  }));
  const injects =
    config.source === null || syncs.length === 0
      ? []
      : [
          {
            ...place('start', 'inject', 'start', starts.length),
            ...injectOf(config.schedule),
            wires: [begin],
          },
        ];
  return [...connections, ...starts, ...injects, ...retries, ...syncs];
}

function connectionNode(id: string, imported: ImportedConnection | null): FlowNode | null {
  if (imported === null) return null;
  const { properties, credentials } = imported;
  return { ...properties, id, type: 'apilinker-connection', credentials };
}

function place(id: string, type: string, column: keyof typeof COLUMNS, row: number) {
  return { id, type, x: COLUMNS[column], y: ROW * (row + 1) };
}

/** Core's inject node: without a schedule it is pressed. */
function injectOf(schedule: ImportedSchedule | null): Record<string, unknown> {
  const base = { name: '', props: [{ p: 'payload' }], repeat: '', crontab: '', once: false };
  const payload = { payload: '', payloadType: 'date' };
  if (schedule === null) return { ...base, ...payload };
  if ('crontab' in schedule) return { ...base, ...payload, crontab: schedule.crontab };
  return { ...base, ...payload, repeat: String(schedule.repeatSeconds) };
}

import assert from 'node:assert/strict';
import { readYaml } from '../../../nodes/apilinker-sync/editor/read-yaml';
import { systemClock, type Clock } from '../../../src/shared/clock';
import { nextAttempt } from '../../../src/retry/policy';
import { RETRY_DEFAULTS } from '../../../src/retry/options';
import { silentLogger } from '../../../src/shared/logger';
import type { Params } from '../../../src/sync/endpoint';
import { importConfig, type ImportedConfig } from '../../../src/sync/import/import-config';
import type { ImportedConnection } from '../../../src/sync/import/import-connection';
import { compileFields } from '../../../src/sync/mapping/fields';
import { openConnection, type OpenedConnection } from '../../../src/sync/open-connection';
import type { FailedItem } from '../../../src/sync/send-data';
import { runSync } from '../../../src/sync/sync';
import { SyncError } from '../../../src/sync/sync-error';
import { SyncMemory } from '../../../src/sync/sync-memory';
import { namesState } from '../../../src/sync/templates';
import type { MockApi, MockResponse, MockRoute } from '../../support/mock-api';
import { connectionSettings, type Settings } from './connection-settings';
import { MapStore } from './map-store';

interface Server {
  routes: (Omit<MockRoute, 'responses'> & {
    responses: (MockResponse & { delay_ms?: number })[];
  })[];
}

export interface GoldenRequest {
  method: string;
  path: string;
  query: string[][];
  headers: Record<string, string>;
  body?: unknown;
}

export interface Golden {
  id: string;
  group: string;
  policy?: string;
  config: Record<string, any>;
  source_server?: Server;
  target_server?: Server;
  env?: Record<string, string>;
  steps: {
    step: {
      op: string;
      source_endpoint?: string;
      target_endpoint?: string;
      operation_type?: string;
      params?: Params;
      seconds?: number;
      source?: Server;
      target?: Server;
    };
    result?: {
      success: boolean;
      count: number;
      errors: { error_category: string; status_code?: number | null }[];
      /** Of `process_dlq`. */
      successful: number;
      failed: number;
    };
    raises?: object;
    dlq?: { payload: { data?: unknown }; metadata: { operation_type: string } }[];
    source_requests: GoldenRequest[];
    target_requests: GoldenRequest[];
    sleeps: number[];
    state_after?: object;
  }[];
}

/** What a sync did, as the golden cases tell it. */
export interface StepOutcome {
  success: boolean;
  count: number;
  /** Category and status. */
  errors: string[];
  source: object[];
  target: object[];
  sleeps: number[];
  /** Whether a time for the next sync is remembered. */
  lastSync: boolean;
  /** What left by the second output: items that were not delivered, as they were to be sent. */
  failedItems: unknown[];
}

type Step = Golden['steps'][number]['step'];

type Told = Pick<StepOutcome, 'success' | 'count' | 'errors'> & { failure: SyncError | null };

/** What waits for somebody: an item of the second output, or a sync that failed as a whole. */
interface DeadLetter {
  readonly operation: string;
  readonly again: () => Promise<Told>;
}

function toldOf(thrown: unknown): Told {
  if (!(thrown instanceof SyncError)) throw thrown;
  return { success: false, count: 0, errors: [kindOf(thrown)], failure: thrown };
}

/** Runs a golden case as the import makes it: two connections, a sync node for each mapping. */
export class GoldenRun {
  readonly #golden: Golden;
  readonly #source: MockApi;
  readonly #target: MockApi;
  readonly #retried: boolean;
  readonly #store = new MapStore();
  /** When the syncs began. */
  readonly #starts: string[] = [];
  readonly #opened = new Map<ImportedConnection, OpenedConnection>();
  #nowMs = Date.UTC(2024, 0, 1);
  #sleeps: number[] = [];
  #failedItems: FailedItem[] = [];
  #letters: DeadLetter[] = [];

  constructor(golden: Golden, source: MockApi, target: MockApi, retried: boolean) {
    this.#golden = golden;
    this.#retried = retried;
    this.#source = source;
    this.#target = target;
    source.routes = routesOf(golden.source_server);
    target.routes = routesOf(golden.target_server);
  }

  async steps(): Promise<StepOutcome[]> {
    const config = importConfig(readYaml(JSON.stringify(this.#golden.config)));
    const outcomes: StepOutcome[] = [];
    try {
      for (const { step } of this.#golden.steps) {
        if (step.op === 'sync') outcomes.push(await this.#sync(config, step));
        else if (step.op === 'process_dlq') outcomes.push(await this.#process(step));
        else if (step.op === 'advance') this.#nowMs += (step.seconds ?? 0) * 1000;
        else if (step.op === 'servers') {
          if (step.source !== undefined) this.#source.routes = routesOf(step.source);
          if (step.target !== undefined) this.#target.routes = routesOf(step.target);
        }
        if (step.op !== 'advance') this.#nowMs += 2000;
      }
    } finally {
      await Promise.all([...this.#opened.values()].map((each) => each.close()));
    }
    return outcomes;
  }

  async #sync(config: ImportedConfig, step: Step): Promise<StepOutcome> {
    this.#begin();
    this.#starts.push(new Date(this.#nowMs).toISOString());
    const told = await this.#withRetries(config, step);
    this.#keep(config, step, told);
    return this.#outcome(told);
  }

  /** A replay of what failed: each letter by itself, and what succeeds is gone. */
  async #process({ operation_type: operation }: Step): Promise<StepOutcome> {
    this.#begin();
    const left: DeadLetter[] = [];
    const errors: string[] = [];
    for (const letter of this.#letters) {
      const chosen = operation === undefined || letter.operation === operation;
      const told = chosen ? await letter.again() : null;
      if (told?.success !== true) left.push(letter);
      errors.push(...(told?.errors ?? []));
    }
    const count = this.#letters.length - left.length;
    this.#letters = left;
    return this.#outcome({ success: errors.length === 0, count, errors });
  }

  #begin(): void {
    this.#sleeps = [];
    this.#source.requests.length = 0;
    this.#target.requests.length = 0;
    this.#failedItems = [];
  }

  #outcome({ success, count, errors }: Omit<Told, 'failure'>): StepOutcome {
    return {
      ...{ success, count, errors },
      source: this.#source.requests.map((each) => this.#recorded(each)),
      target: this.#target.requests.map((each) => this.#recorded(each)),
      sleeps: this.#sleeps,
      lastSync: this.#golden.config.state !== undefined && this.#store.remembers('lastSync'),
      failedItems: this.#failedItems.map(({ item }) => item),
    };
  }

  /** Items go to a sync of their own, whose source is the message; a sync that failed begins again. */
  #keep(config: ImportedConfig, step: Step, { failure }: Told): void {
    if (failure === null) return;
    const [sync] = config.syncs;
    const endpoints = sync?.properties ?? {};
    if (this.#failedItems.length === 0) {
      const operation = `source_${String(endpoints.sourceEndpoint)}`;
      this.#letters.push({ operation, again: () => this.#run(config, step).catch(toldOf) });
    }
    for (const { item } of this.#failedItems) {
      const operation = `target_${String(endpoints.targetEndpoint)}`;
      const again = () => this.#runWith(config, step, { data: item }).catch(toldOf);
      this.#letters.push({ operation, again });
    }
  }

  /** The reference recovers within a sync; here a `webhook-retry` node before it does, if there is one. */
  async #withRetries(config: ImportedConfig, step: Step): Promise<Told> {
    for (let attempts = 1; ; attempts++) {
      this.#failedItems = [];
      const told = await this.#run(config, step).catch(toldOf);
      if (told.failure === null || !this.#retried) return told;
      const { permanent, retryAfterMs } = told.failure;
      const failed = { attempts, permanent, retryAfterMs, ageMs: 0 };
      const decision = nextAttempt(RETRY_DEFAULTS, failed, () => 0.5);
      if (decision.kind === 'exhausted') return told;
      this.#sleeps.push(decision.delayMs / 1000);
      this.#nowMs += decision.delayMs;
    }
  }

  #run(config: ImportedConfig, step: Step): Promise<Told> {
    return this.#runWith(config, step, null);
  }

  /** With data for the target as it is, or (null) from the source by the mapping. */
  async #runWith(
    config: ImportedConfig,
    { source_endpoint: from, target_endpoint: to, params = {} }: Step,
    given: { readonly data: unknown } | null,
  ): Promise<Told> {
    const chosen = config.syncs.find(
      ({ properties }) =>
        !from || !to || (properties.sourceEndpoint === from && properties.targetEndpoint === to),
    );
    const broken = config.notes.find(({ code }) => BROKEN.has(code));
    if (chosen === undefined || broken !== undefined || config.source === null) {
      throw new SyncError(broken?.where ?? 'no such sync', { category: 'VALIDATION' });
    }
    const { properties } = chosen;
    const source = { ...this.#end(config.source), endpoint: String(properties.sourceEndpoint) };
    const target = { ...this.#end(config.target), endpoint: String(properties.targetEndpoint) };
    const { fields, problems } = compileFields(properties.fields);
    if (problems.length > 0) throw new SyncError(problems.join(), { category: 'MAPPING' });
    const configured = (properties.params ?? []) as { name: string; value: string }[];
    const ends = [source, target].map(({ connection, endpoint }) => connection.endpoint(endpoint));
    const needed = properties.idempotency === true || namesState([configured, ends]);
    const result = await runSync({
      source: given ?? source,
      target,
      params: given === null ? configured : [],
      moreParams: given === null ? params : {},
      message: {},
      fields: given === null ? fields : null,
      strict: properties.strict === true,
      batchSize: null,
      concurrency: 1,
      idempotency: null,
      memory: needed
        ? {
            of: new SyncMemory(this.#store, 'node'),
            skipDelivered: properties.idempotency === true,
            cursorPath: '',
            initial: (properties.lastSync as string | undefined) ?? '',
            reset: false,
            lastSync: null,
          }
        : null,
      dryRun: false,
      onFailed: (failed) => this.#failedItems.push(...failed),
      clock: this.#clock(),
      logger: silentLogger,
      signal: undefined,
    });
    const { success, count, errors, failure } = result;
    // The second output says of each item why it was not delivered, as the result does.
    assert.deepEqual(
      this.#failedItems.map(({ error }) => kindOf(error)),
      errors.map(kindOf),
    );
    return { success, count, errors: errors.map(kindOf), failure };
  }

  /** Waits are over at once and written down; only the time-outs of requests are real. */
  #clock(): Clock {
    return {
      now: () => this.#nowMs,
      after: (ms, callback) => {
        this.#sleeps.push(Math.round(ms) / 1000);
        this.#nowMs += ms;
        queueMicrotask(callback);
        return { cancel: () => undefined };
      },
    };
  }

  /** As the golden data has requests; the time at which an earlier sync began is `<now_iso>`. */
  #recorded({ method, path, query, headers, body }: MockApi['requests'][number]): object {
    const kept = Object.entries(headers).filter(
      ([name, value]) => !TRANSPORT.includes(name) && !(name === 'accept' && value === '*/*'),
    );
    const earlier = this.#starts.slice(0, -1);
    return {
      method,
      path,
      query: sortedQuery(
        query.map(([name, value]) => [name, earlier.includes(value) ? '<now_iso>' : value]),
      ),
      headers: Object.fromEntries(kept),
      ...(body === undefined ? {} : { body }),
    };
  }

  #end(imported: ImportedConnection | null): Pick<OpenedConnection, 'connection'> {
    if (imported === null) throw new SyncError('no connection', { category: 'VALIDATION' });
    const opened = this.#opened.get(imported) ?? this.#open(imported);
    this.#opened.set(imported, opened);
    return { connection: opened.connection };
  }

  #open({ properties, credentials }: ImportedConnection): OpenedConnection {
    const settings = connectionSettings({
      retryCount: 3,
      retryDelaySeconds: 1,
      breakerThreshold: 5,
      ...(properties as Partial<Settings>),
    });
    return openConnection(settings, credentials, {
      clock: { now: () => this.#nowMs, after: systemClock.after.bind(systemClock) },
      environment: (name) => this.#golden.env?.[name],
      tls: {},
      onRefreshToken: () => undefined,
    });
  }
}

/** With one of these a person has to look at the import before anything can run. */
const BROKEN = new Set(['endpoint-unusable', 'field-unusable', 'no-target', 'no-base-url']);

function routesOf(server: Server | undefined): MockRoute[] {
  return (server?.routes ?? []).map((route) => ({
    ...route,
    responses: route.responses.map(({ delay_ms: late, ...response }) =>
      late === undefined ? response : { hang: true },
    ),
  }));
}

function kindOf({ category, statusCode }: Pick<SyncError, 'category' | 'statusCode'>): string {
  return [category, statusCode].join(' ').trim();
}

const TRANSPORT = ['host', 'user-agent', 'connection', 'content-length'];

/** The order of different parameters means nothing. */
export function sortedQuery(query: readonly (readonly string[])[]): readonly (readonly string[])[] {
  return [...query].sort(([a = ''], [b = '']) => (a < b ? -1 : Number(a > b)));
}

import type { Node, NodeAPI, NodeMessageInFlow } from 'node-red';
import { readEdit } from '../../src/history/edit';
import { readFilter, readQuery } from '../../src/history/read-query';
import type { ReplayRun } from '../../src/history/replay-run';
import { errorText } from '../../src/shared/errors';
import { attachStore } from '../shared/runtime/attach-store';
import { defineNode } from '../shared/runtime/define-node';
import { historyServices, type HistoryServices } from '../shared/runtime/history-services';
import { webhooksRuntime } from '../shared/runtime/webhooks-runtime';
import { eventIdOf, queryOf } from './replay-message';
import { FIELDS, TYPE, type WebhookReplayConfig } from './webhook-replay.config';

type Message = NodeMessageInFlow & Record<string, unknown>;
/** What is set on the message. */
type Answer = Readonly<Record<string, unknown>>;

/** Finds, shows, replays and removes stored events. */
export default function register(RED: NodeAPI): void {
  defineNode<WebhookReplayConfig>(RED, {
    type: TYPE,
    fields: FIELDS,
    start: (node, config) => start(RED, node, config),
  });
}

function start(RED: NodeAPI, node: Node, config: WebhookReplayConfig): void {
  const runtime = webhooksRuntime(RED);
  const store = attachStore(RED, node, config.history);
  const services = historyServices(runtime, () => [store]);
  const runs = new Set<ReplayRun>();
  const now = (): number => runtime.clock.now();
  node.on('input', (msg, send, done) => {
    const message = msg as Message;
    answer(RED, config, services, runs, message, now)
      .then((result) => {
        send(Object.assign(message, result));
        done();
      })
      .catch((thrown: unknown) =>
        done(thrown instanceof Error ? thrown : new Error(errorText(thrown))),
      );
  });
  node.on('close', () => {
    for (const run of runs) run.stop();
  });
}

async function answer(
  RED: NodeAPI,
  config: WebhookReplayConfig,
  { history, replays, steering }: HistoryServices,
  runs: Set<ReplayRun>,
  msg: Message,
  now: () => number,
): Promise<Answer> {
  const query = (): Record<string, unknown> => queryOf(RED, config.query, msg);
  switch (config.action) {
    case 'list': {
      const { events, next } = await history.list(readQuery(query(), now()));
      return { payload: events, next };
    }
    case 'get':
      return { payload: await history.get(eventIdOf(RED, config, msg)) };
    case 'replay':
      return { payload: await replays.replay(eventIdOf(RED, config, msg), readEdit(msg['edit'])) };
    case 'replayMatching': {
      const run = await replays.replayMatching(readFilter(query(), now()), config);
      return { payload: await finished(run, runs) };
    }
    case 'clear':
      return { payload: await steering.clear(readFilter(query(), now()), Infinity) };
  }
}

/** Rejects where it ended before its time. */
async function finished(run: ReplayRun, runs: Set<ReplayRun>): Promise<unknown> {
  runs.add(run);
  try {
    const progress = await run.ended;
    if (progress.state === 'done') return progress;
    const { replayed, total, state, lastError } = progress;
    const why = state === 'stopped' ? 'the flow was stopped' : (lastError ?? 'unknown');
    throw new Error(`The replay ended after ${replayed} of ${total} events: ${why}`);
  } finally {
    runs.delete(run);
  }
}

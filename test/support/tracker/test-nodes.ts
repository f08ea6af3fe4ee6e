import type { Node, NodeAPI, NodeDef, NodeMessage } from 'node-red';

/** Nodes that do everything nodes may do with a message, right and wrong. */

type Send = (msg: unknown) => void;
type Done = (error?: Error) => void;
type Handler = (node: Node, msg: NodeMessage, send: Send, done: Done) => void;

/** Handlers that are told to report done (three arguments). */
const REPORTING: Readonly<Record<string, Handler>> = {
  done: (_node, msg, send, done) => {
    send(msg);
    done();
  },
  'done-error': (_node, _msg, _send, done) => done(new Error('boom')),
  'done-error-if': (_node, msg, send, done) => {
    if (msg.payload === 'fail') return done(new Error('boom'));
    send(msg);
    done();
  },
  'error-then-done': (node, msg, _send, done) => {
    node.error(new Error('boom'), msg);
    done();
  },
  'error-only': (node, msg) => node.error(new Error('boom'), msg),
  'error-without-message': (node, _msg, _send, done) => {
    node.error('boom');
    done();
  },
  throw: () => {
    throw new Error('boom');
  },
  never: (_node, msg, send) => send(msg),
  'done-then-send': (_node, msg, send, done) => {
    done();
    send(msg);
  },
  'done-then-send-20': (_node, msg, send, done) => {
    done();
    setTimeout(() => send(msg), 20);
  },
  'new-message': (_node, msg, send, done) => {
    setTimeout(() => {
      send({ payload: msg.payload });
      done();
    }, 10);
  },
  'other-id': (_node, msg, send, done) => {
    msg._msgid = `changed-${msg._msgid}`;
    send(msg);
    done();
  },
  'after-30': (_node, msg, send, done) => {
    setTimeout(() => {
      send(msg);
      done();
    }, 30);
  },
};

/** Handlers of the old form (one argument): they never report done. */
const LEGACY: Readonly<Record<string, (node: Node, msg: NodeMessage) => void>> = {
  legacy: (node, msg) => node.send(msg),
  'legacy-20': (node, msg) => void setTimeout(() => node.send(msg), 20),
  'legacy-100': (node, msg) => void setTimeout(() => node.send(msg), 100),
  'legacy-error-10': (node, msg) => void setTimeout(() => node.error(new Error('boom'), msg), 10),
  'legacy-throw': () => {
    throw new Error('boom');
  },
  'legacy-new-10': (node) => void setTimeout(() => node.send({ payload: 'new' }), 10),
};

/** What the pool does with a message that it takes from its queue. */
const POOLED: Readonly<Record<string, Handler>> = {
  'pool-same': (_node, msg, send, done) => {
    send(msg);
    done();
  },
  'pool-new': (_node, msg, send, done) => {
    send({ payload: msg.payload });
    done();
  },
  'pool-error': (node, msg, _send, done) => {
    node.error(new Error('boom'), msg);
    done();
  },
  'pool-error-if': (node, msg, send, done) => {
    if (msg.payload === 'fail') node.error(new Error('boom'), msg);
    else send(msg);
    done();
  },
};

interface TestNodeDef extends NodeDef {
  readonly mode: string;
}

/** Set by the process that runs the scenarios, before Node-RED loads these nodes. */
export interface TestNodesPort {
  sinkReached(tabId: string): void;
}

let port: TestNodesPort = { sinkReached: () => undefined };

export function connectTestNodes(to: TestNodesPort): void {
  port = to;
}

export function registerTestNodes(RED: NodeAPI): void {
  RED.nodes.registerType('tracker-wrapper', function (this: Node, config: NodeDef) {
    RED.nodes.createNode(this, config);
  });
  RED.nodes.registerType('tracker-sink', function (this: Node, config: NodeDef) {
    RED.nodes.createNode(this, config);
    this.on('input', (_msg, _send, done) => {
      port.sinkReached(this.z ?? '');
      done();
    });
  });
  RED.nodes.registerType('tracker-test', function (this: Node, config: TestNodeDef) {
    RED.nodes.createNode(this, config);
    behave(this, config.mode);
  });
}

function behave(node: Node, mode: string): void {
  const reporting = REPORTING[mode];
  const legacy = LEGACY[mode];
  const pooled = POOLED[mode];
  if (reporting !== undefined) {
    node.on('input', (msg, send, done) => reporting(node, msg, send as Send, done));
  } else if (legacy !== undefined) {
    (node.on as (event: string, handler: (msg: NodeMessage) => void) => void)('input', (msg) =>
      legacy(node, msg),
    );
  } else if (pooled !== undefined) {
    pool(node, pooled);
  } else if (mode !== 'no-handler') {
    throw new Error(`No behaviour named ${mode}`);
  }
}

/** A queue that one interval empties, started in the context of whichever message came first. */
function pool(node: Node, handle: Handler): void {
  const queue: (() => void)[] = [];
  let interval: NodeJS.Timeout | undefined;
  node.on('input', (msg, send, done) => {
    queue.push(() => handle(node, msg, send as Send, done));
    interval ??= setInterval(() => queue.shift()?.(), 5);
  });
  node.on('close', () => clearInterval(interval));
}

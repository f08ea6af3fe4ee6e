import { recorder, RECORD_SETTINGS } from './flow-record';
import { NodeRedProcess, tab, type FlowNode, type NodeRedOptions } from './node-red-process';
import { LOAD_SECRET } from './steady-load';

/** The flows that the tests of deploys change under load. */

/** Starts Node-RED with a flow that records what it sees, and flows that can be stopped by hand. */
export async function startRecording(
  options: NodeRedOptions,
  flow: readonly FlowNode[],
): Promise<NodeRedProcess> {
  const nodeRed = await NodeRedProcess.start({
    ...options,
    settingsCode: `${RECORD_SETTINGS} fileWorkingDirectory: __dirname,`,
    settings: { runtimeState: { enabled: true, ui: false }, ...options.settings },
    files: { ...SLOW_CLOSE, ...options.files },
  });
  await nodeRed.deploy(flow);
  return nodeRed;
}

export function webhookIn(id: string, z: string, path: string, next: string): FlowNode {
  return {
    ...{ id, type: 'webhook-in', z, path, provider: 'generic', concurrency: 50 },
    ...{ quietMs: 50, wires: [[next]], credentials: { secret: LOAD_SECRET } },
  };
}

export function delay(id: string, z: string, ms: number, next: readonly string[]): FlowNode {
  return {
    ...{ id, type: 'delay', z, pauseType: 'delay', timeout: String(ms) },
    ...{ timeoutUnits: 'milliseconds', wires: [next] },
  };
}

/** A function node; `func` is its body. */
export function code(id: string, z: string, func: string, next: readonly string[]): FlowNode {
  return { id, type: 'function', z, name: '', func, outputs: 1, wires: [next] };
}

/** Where a message fails at its first attempt, one in ten does. */
const FAIL_SOME = `
  if (msg.payload.n % 10 === 0 && msg.retry.attempt === 1) throw new Error('not yet');
  return msg;`;

/**
 * A tab: recorded, held for a moment, tried again by a retry node where it fails, recorded again.
 * `change` patches its nodes, by the part of their id behind the name.
 */
export function line(
  name: string,
  path: string,
  change: Readonly<Record<string, object>> = {},
): FlowNode[] {
  const z = `tab-${name}`;
  return [
    { ...tab(z), ...change['tab'] },
    ...lineNodes(name, z, path).map((node) => ({
      ...node,
      ...change[node.id.slice(name.length + 1)],
    })),
  ];
}

/** The nodes of a line, for a tab or a subflow. */
export function lineNodes(name: string, z: string, path: string): FlowNode[] {
  const id = (part: string): string => `${name}-${part}`;
  return placed([
    webhookIn(id('in'), z, path, id('first')),
    recorder(id('first'), z, 'first', [id('hold')]),
    delay(id('hold'), z, 20, [id('retry')]),
    {
      ...{ id: id('retry'), type: 'webhook-retry', z, delaySeconds: 0.2, quietMs: 20 },
      wires: [[id('fail')], []],
    },
    code(id('fail'), z, FAIL_SOME, [id('last')]),
    recorder(id('last'), z, 'last', []),
  ]);
}

/** On the canvas: Node-RED takes a node without a place for a configuration node. */
export function placed(nodes: readonly FlowNode[]): FlowNode[] {
  return nodes.map((node) => ({ ...node, x: 100, y: 100 }));
}

/** A node whose closing takes until the user directory has a file `go-on`. */
const SLOW_CLOSE = {
  'nodes/slow-close.js': `
    const { existsSync } = require('node:fs');
    const { join } = require('node:path');
    module.exports = (RED) => RED.nodes.registerType('slow-close', function (config) {
      RED.nodes.createNode(this, config);
      this.on('close', (done) => {
        const timer = setInterval(() => {
          if (!existsSync(join(RED.settings.userDir, 'go-on'))) return;
          clearInterval(timer);
          done();
        }, 10);
      });
    });`,
  'nodes/slow-close.html': `<script type="text/javascript">
    RED.nodes.registerType('slow-close', { defaults: {}, inputs: 0, outputs: 0 });
  </script>`,
};

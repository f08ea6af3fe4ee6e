import type { NodeAPI } from 'node-red';
import { sayer } from '../said';

const sayers = new WeakMap<NodeAPI, (english: string) => string>();

/** A sentence of the runtime in the language that Node-RED runs in: for statuses; logs stay English. */
export function saidOf(RED: NodeAPI, english: string): string {
  const say = sayers.get(RED) ?? sayer((key, options) => RED._(key, options as never));
  sayers.set(RED, say);
  return say(english);
}

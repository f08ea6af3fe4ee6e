import type { NodeAPI } from 'node-red';
import { defineNode } from '../shared/runtime/define-node';
import { provideHistory } from '../shared/runtime/history-of';
import { FIELDS, TYPE } from './webhook-history.config';

/** Config node: names a store. It is opened by the first node that uses it, and outlives this one. */
export default function register(RED: NodeAPI): void {
  defineNode(RED, { type: TYPE, fields: FIELDS, start: provideHistory });
}

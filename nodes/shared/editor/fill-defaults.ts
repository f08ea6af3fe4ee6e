import type { Field, Fields } from '../config-fields';
import type { EditedNode } from './red';

/**
 * Gives a node the fields that its flow file leaves out: one that was written by hand, or by a version
 * that did not have them yet. The runtime uses the same defaults.
 */
export function fillDefaults<C extends object>(node: EditedNode, fields: Fields<C>): void {
  for (const [name, { value }] of Object.entries<Field<unknown>>(fields)) {
    if (node[name] === undefined) node[name] = structuredClone(value);
  }
}

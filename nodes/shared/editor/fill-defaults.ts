import type { Field, Fields } from '../config-fields';
import type { EditedNode } from './red';

/**
 * Shows the defaults of fields that the flow file leaves out, since Node-RED shows them as empty: of a
 * node that was written by hand, or by a version that did not have them yet. Call it first in
 * `oneditprepare`.
 */
export function fillDefaults<C extends object>(
  node: EditedNode,
  fields: Fields<C>,
  prefix: 'node-input' | 'node-config-input' = 'node-input',
): void {
  for (const [name, { value }] of Object.entries<Field<unknown>>(fields)) {
    if (node[name] !== undefined) continue;
    const input = $(`#${prefix}-${name}`);
    if (typeof value === 'boolean') input.prop('checked', value);
    else if (typeof value === 'string' || typeof value === 'number') input.val(value);
  }
}

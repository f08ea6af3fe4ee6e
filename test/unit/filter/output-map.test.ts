import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { outputMap } from '../../../nodes/webhook-filter/editor/output-map';

describe('the wires of a filter stay on their rules', () => {
  const table = [
    ['nothing changed', 2, [0, 1], { 0: 0, 1: 1, 2: 2 }],
    ['a rule moved', 3, [2, 0, 1], { 0: 1, 1: 2, 2: 0, 3: 3 }],
    ['a rule removed: the last output moves up', 2, [1], { 0: -1, 1: 0, 2: 1 }],
    ['a rule added: the last output moves down', 1, [0, null], { 0: 0, 1: 2, 'new-1': 1 }],
    ['a rule put in front', 1, [null, 0], { 0: 1, 1: 2, 'new-0': 0 }],
    ['all rules removed', 1, [], { 0: -1, 1: 0 }],
    ['the first rules', 0, [null, null], { 0: 2, 'new-0': 0, 'new-1': 1 }],
  ] as const;
  for (const [what, before, origins, expected] of table) {
    test(what, () => assert.deepEqual(outputMap(before, origins), expected));
  }

  test('names of new outputs are no numbers: Node-RED takes a number for an output as it was', () => {
    const names = Object.keys(outputMap(1, [null, null]));
    assert.deepEqual(names.filter((name) => Number.isNaN(Number(name))).length, 2);
  });
});

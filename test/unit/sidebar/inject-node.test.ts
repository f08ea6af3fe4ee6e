import assert from 'node:assert/strict';
import { test } from 'node:test';
import { injectNode } from '../../../nodes/webhooks-sidebar/editor/inject-node';
import { anEventDetail } from './event-fixture';

test('an inject node has the payload and the request as JSON', () => {
  const event = anEventDetail();
  const node = injectNode(event, { n: 1 }, 'an event');
  assert.deepEqual(
    [node['payload'], node['payloadType'], node['name']],
    ['{"n":1}', 'json', 'an event'],
  );
  const [, req] = node['props'] as { p: string; v: string; vt: string }[];
  assert.deepEqual([req!.p, JSON.parse(req!.v), req!.vt], ['req', event.request, 'json']);
});

test('no text of a payload is taken for a variable of the environment', () => {
  const bodyText = '${NODE_RED_CREDENTIAL_SECRET}';
  const { payload, props } = injectNode(anEventDetail({ bodyText }), undefined, 'x') as {
    payload: string;
    props: { v?: string }[];
  };
  assert.equal(payload, JSON.stringify(bodyText));
  // What Node-RED replaces when flows start: a whole text of this form.
  const replaced = /^\$\{(\S+)\}$/;
  for (const text of [payload, ...props.map(({ v }) => v ?? '')]) {
    assert.doesNotMatch(text, replaced);
  }
});

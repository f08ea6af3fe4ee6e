import assert from 'node:assert/strict';
import { it } from 'node:test';
import { findProvider, PROVIDERS } from '../../../src/signature/catalogue';
import { schemeFacts, secretForm } from '../../../src/signature/scheme-facts';

const facts = (id: string, tolerance: number | null = null) =>
  schemeFacts(findProvider(id)!.scheme, tolerance);

it('tells what is signed, where the signature is and how old it may be', () => {
  assert.deepEqual(facts('github'), {
    how: 'hmac',
    algorithm: 'SHA-256',
    covers: [{ kind: 'body' }],
    place: { kind: 'header', names: ['X-Hub-Signature-256'] },
    window: { kind: 'none' },
  });
  assert.deepEqual(facts('stripe').window, { kind: 'seconds', seconds: 300 });
  assert.deepEqual(facts('stripe', 60).window, { kind: 'seconds', seconds: 60 });
  assert.deepEqual(facts('discord').window, { kind: 'signed' });
  assert.deepEqual(facts('mailgun').place, { kind: 'json', names: ['signature.signature'] });
  assert.equal(facts('aws-sns').how, 'certificate');
  assert.equal(facts('netlify').how, 'boundToken');
  assert.equal(facts('monday').how, 'looseToken');
  assert.equal(facts('alertmanager-basic').how, 'basic');
  assert.equal(facts('docker-hub').how, 'nothing');
});

it('agrees with the catalogue on what covers the body', () => {
  for (const { id, covers, scheme } of PROVIDERS) {
    const { how, covers: parts } = schemeFacts(scheme, null);
    const isWhole = parts.some(({ kind }) => ['body', 'digest', 'several'].includes(kind));
    if (how === 'shared' || how === 'basic' || how === 'nothing')
      assert.equal(covers, 'nothing', id);
    if (covers === 'body' && how !== 'looseToken') assert.ok(isWhole || parts.length > 0, id);
    if (covers === 'nothing') assert.ok(!parts.some(({ kind }) => kind === 'body'), id);
  }
});

it('makes up no secret where it is the sender\u2019s', () => {
  assert.deepEqual(secretForm(findProvider('standard-webhooks')!.scheme), {
    enc: 'base64',
    prefix: 'whsec_',
  });
  assert.deepEqual(secretForm(findProvider('github')!.scheme), { enc: 'text', prefix: '' });
  for (const id of ['discord', 'paypal', 'google-pubsub', 'alertmanager-basic', 'docker-hub']) {
    assert.equal(secretForm(findProvider(id)!.scheme), null, id);
  }
});

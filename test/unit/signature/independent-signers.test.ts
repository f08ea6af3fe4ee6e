import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { it } from 'node:test';
import Stripe from 'stripe';
import { findProvider } from '../../../src/signature/catalogue';
import { createVerifier } from '../../../src/signature/verify';
import { at, outcome, signedRequest, sync } from './requests';

const BODY = readFileSync('package.json', 'utf8');

it('accepts what @octokit/webhooks-methods signs', async () => {
  const { sign, verify } = await import('@octokit/webhooks-methods');
  const signature = await sign('It\u2019s a secret', BODY);
  assert.equal(await verify('It\u2019s a secret', BODY, signature), true);
  const verifier = createVerifier(
    findProvider('github')!.scheme,
    { current: 'It\u2019s a secret' },
    at(0),
  );
  const headers = { 'x-hub-signature-256': signature };
  assert.equal(outcome(sync(verifier.verify(signedRequest(headers, BODY)))), 'ok');
  assert.equal(
    outcome(sync(verifier.verify(signedRequest(headers, `${BODY} `)))),
    'invalid-signature',
  );
});

it('accepts what stripe signs, as long as stripe itself does', () => {
  const { webhooks } = new Stripe('sk_test_none');
  const secret = 'whsec_test_secret';
  const timestamp = 1_700_000_000;
  const header = webhooks.generateTestHeaderString({ payload: BODY, secret, timestamp });
  for (const [age, expected] of [
    [0, 'ok'],
    [300, 'ok'],
    [301, 'stale-timestamp'],
    [-3600, 'ok'],
  ] as const) {
    const verifier = createVerifier(
      findProvider('stripe')!.scheme,
      { current: secret },
      at(timestamp + age),
    );
    const verdict = verifier.verify(signedRequest({ 'stripe-signature': header }, BODY));
    assert.equal(outcome(sync(verdict)), expected, `${age} s`);
    const theirs = () =>
      webhooks.constructEvent(BODY, header, secret, 300, undefined, (timestamp + age) * 1000);
    if (expected === 'ok') assert.doesNotThrow(theirs);
    else assert.throws(theirs);
  }
});

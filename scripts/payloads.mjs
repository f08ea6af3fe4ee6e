// Real webhook requests, signed by the provider's own library rather than by our code.
import { randomBytes, randomUUID } from 'node:crypto';
import { createRequire } from 'node:module';
import { sign } from '@octokit/webhooks-methods';
import Stripe from 'stripe';

const githubExamples = createRequire(import.meta.url)('@octokit/webhooks-examples');

export const BUILDERS = { github, stripe };

/** A delivery as GitHub sends it; `event` is any event that GitHub has, "push" if not given. */
export async function github(secret, event = 'push') {
  const known = githubExamples.find(({ name }) => name === event);
  if (known === undefined)
    throw new Error(
      `GitHub has no event "${event}". There are: ${githubExamples.map(({ name }) => name).join(', ')}`,
    );
  // Of the pushes, one to a branch: the others push a tag and have no commits.
  const payload = known.examples.find(({ ref }) => ref?.startsWith('refs/heads/'));
  const body = JSON.stringify(payload ?? known.examples[0]);
  return {
    headers: {
      'content-type': 'application/json',
      'user-agent': 'GitHub-Hookshot/044aadd',
      'x-github-delivery': randomUUID(),
      'x-github-event': event,
      'x-github-hook-id': '292430182',
      'x-hub-signature-256': await sign(secret, body),
    },
    body,
  };
}

/** An event as Stripe sends it; `event` is its type, "payment_intent.succeeded" if not given. */
export async function stripe(secret, event = 'payment_intent.succeeded') {
  const body = JSON.stringify(stripeEvent(event), null, 2);
  return {
    headers: {
      'content-type': 'application/json; charset=utf-8',
      'user-agent': 'Stripe/1.0 (+https://stripe.com/docs/webhooks)',
      'stripe-signature': Stripe.webhooks.generateTestHeaderString({ payload: body, secret }),
    },
    body,
  };
}

function stripeEvent(type) {
  const created = Math.floor(Date.now() / 1000);
  const id = () => randomBytes(12).toString('hex');
  return {
    id: `evt_${id()}`,
    object: 'event',
    api_version: Stripe.API_VERSION,
    created,
    data: {
      object: {
        id: `pi_${id()}`,
        object: 'payment_intent',
        amount: 4200,
        amount_received: 4200,
        currency: 'eur',
        created,
        customer: 'cus_QXg1o8vcGmoR32',
        description: 'Order 6735',
        latest_charge: `ch_${id()}`,
        livemode: false,
        metadata: { order_id: '6735' },
        payment_method_types: ['card', 'sepa_debit'],
        receipt_email: 'jenny.rosen@example.com',
        status: 'succeeded',
      },
    },
    livemode: false,
    pending_webhooks: 1,
    request: { id: `req_${id()}`, idempotency_key: randomUUID() },
    type,
  };
}

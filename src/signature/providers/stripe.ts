import type { Provider } from '../scheme';

export const stripe: Provider = {
  id: 'stripe',
  name: 'Stripe',
  docs: 'https://docs.stripe.com/webhooks/signature',
  secretHint:
    'The signing secret of the webhook endpoint, including "whsec_": in the dashboard under Developers, Webhooks.',
  scheme: {
    scheme: 'hmac',
    alg: 'sha256',
    sig: { header: 'Stripe-Signature', list: { sep: ',', kv: '=', field: 'v1' }, enc: 'hex' },
    ts: { sigField: 't', tol: 300, futureTol: null },
    msg: '{timestamp}.{body}',
  },
  deliveryId: { json: 'id' },
  namesDelivery: true,
  eventType: { json: 'type' },
  ack: null,
  timeoutSeconds: null,
};

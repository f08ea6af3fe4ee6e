import type { Provider } from '../scheme';

export const github: Provider = {
  id: 'github',
  name: 'GitHub',
  docs: 'https://docs.github.com/webhooks/using-webhooks/validating-webhook-deliveries',
  secretHint:
    'The "Secret" of the webhook: in the repository or organization under Settings, Webhooks.',
  scheme: {
    scheme: 'hmac',
    alg: 'sha256',
    sig: { header: 'X-Hub-Signature-256', prefix: 'sha256=', enc: 'hex' },
    msg: '{body}',
  },
  deliveryId: { header: 'x-github-delivery' },
  namesDelivery: true,
  eventType: { header: 'x-github-event' },
  ack: null,
  timeoutSeconds: 10,
};

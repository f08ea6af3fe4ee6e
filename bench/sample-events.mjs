// Requests and bodies as senders write them: half of them pushes, half of them invoices, of about 1.2 KB together.
import { randomBytes } from 'node:crypto';

const WORDS = (
  'fix add remove update test build docs release merge branch refactor cleanup bump version handle error ' +
  'timeout retry queue store index search page list view edit user order invoice payment customer email ' +
  'address street city country product price quantity shipping delivery status pending success failed ' +
  'webhook event payload header signature secret token refresh access'
).split(' ');
const POOL = randomBytes(1 << 20);

const below = (count) => Math.floor(Math.random() * count);
const words = (count) => Array.from({ length: count }, () => WORDS[below(WORDS.length)]).join(' ');
const random = (bytes, encoding) => {
  const at = below(POOL.length - bytes);
  return POOL.toString(encoding, at, at + bytes);
};

/** `mark`: a text that is to be in it. */
export function sampleEvent(n, atMs, mark = '') {
  const path = `/hooks/${n % 10}`;
  const request = {
    method: 'POST',
    url: path,
    path,
    params: {},
    query: {},
    headers: {
      host: 'hooks.example.com',
      'user-agent': `Sender/${random(4, 'hex')}`,
      'content-type': 'application/json',
      'x-delivery': random(16, 'hex'),
      'content-length': '800',
      accept: '*/*',
    },
    ip: `192.0.2.${below(256)}`,
  };
  return { request, body: n % 2 === 0 ? push(atMs, mark) : invoice(n, atMs, mark) };
}

function push(atMs, mark) {
  const repository = `repo-${below(200)}`;
  const user = below(500);
  return {
    ref: `refs/heads/${words(1)}-${below(10_000)}`,
    before: random(20, 'hex'),
    after: random(20, 'hex'),
    repository: {
      id: 10_000 + below(200),
      name: repository,
      full_name: `acme/${repository}`,
      private: false,
      html_url: `https://git.example.com/acme/${repository}`,
    },
    pusher: { name: `user${user}`, email: `user${user}@example.com` },
    head_commit: {
      id: random(20, 'hex'),
      message: `${words(8)} ${mark}`,
      timestamp: new Date(atMs).toISOString(),
      author: { name: `User ${user}`, username: `user${user}` },
      added: [`src/${words(1)}/${words(1)}.ts`],
    },
  };
}

function invoice(n, atMs, mark) {
  return {
    id: `evt_${random(18, 'base64url')}`,
    object: 'event',
    created: Math.floor(atMs / 1000),
    type: 'invoice.paid',
    data: {
      object: {
        id: `in_${random(18, 'base64url')}`,
        amount: below(1_000_000),
        currency: 'eur',
        customer: `cus_${random(10, 'base64url')}`,
        customer_email: `${words(1)}${below(100_000)}@example.org`,
        description: mark,
        lines: [{ description: words(6), amount: below(100_000), quantity: 1 + below(9) }],
        status: 'paid',
        number: `INV-${100_000 + n}`,
      },
    },
  };
}

import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { placed, webhookIn } from '../support/deploy-flows';
import { recorder } from '../support/flow-record';
import { tab, type FlowNode } from '../support/node-red-process';
import { LOAD_SECRET } from '../support/steady-load';

export const pem = (name: string): string =>
  readFileSync(join('test/fixtures/listener', name), 'utf8');
export const BODY = '{"n":1}';

export function signed(secret = LOAD_SECRET, body = BODY): Record<string, string> {
  const signature = createHmac('sha256', secret).update(body).digest('hex');
  return {
    'content-type': 'application/json',
    'x-hub-signature-256': `sha256=${signature}`,
  };
}

export function flow(listener: object, ...more: FlowNode[]): FlowNode[] {
  return [
    tab('t'),
    {
      id: 'lis',
      type: 'webhook-listener',
      host: '127.0.0.1',
      headersTimeoutSeconds: 1,
      ...listener,
    },
    ...more,
    ...placed([
      { ...webhookIn('in', 't', '/hooks/a', 'keep'), listener: 'lis' },
      {
        ...webhookIn('listed', 't', '/hooks/listed', 'keep'),
        listener: 'lis',
        allowedIps: ['203.0.113.0/24'],
      },
      {
        ...{ id: 'keep', type: 'function', z: 't', outputs: 1, wires: [['last']] },
        func: `global.get('record')(JSON.stringify({ at: 'req', req: msg.req })); return msg;`,
      },
      recorder('last', 't', 'last', []),
    ]),
  ];
}

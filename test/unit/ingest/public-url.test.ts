import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isPublicUrl, senderUrl } from '../../../src/ingest/public-url';
import { receive } from '../../../src/ingest/receive';
import { findProvider } from '../../../src/signature/catalogue';
import { setUp, validRequest } from './endpoint-fixture';

const request = (headers: Record<string, string>, more = {}) => ({
  ...validRequest('', { host: 'node-red.local:1880', ...headers }),
  url: '/hooks/a?b=1',
  root: '/api',
  ...more,
});
const FORWARDED = { 'x-forwarded-proto': 'https', 'x-forwarded-host': 'hooks.example.com' };

describe('the URL as the sender saw it', () => {
  it('is what the request says', () => {
    const seen = senderUrl('', 0, request({}));
    assert.deepEqual(seen, { url: 'http://node-red.local:1880/api/hooks/a?b=1' });
    const secure = senderUrl('', 0, request({}, { secure: true }));
    assert.equal(secure.url, 'https://node-red.local:1880/api/hooks/a?b=1');
  });

  it('is what a proxy says, if it is trusted', () => {
    assert.equal(
      senderUrl('', 1, request(FORWARDED)).url,
      'https://hooks.example.com/api/hooks/a?b=1',
    );
    assert.match(senderUrl('', 0, request(FORWARDED)).url, /^http:\/\/node-red.local/);
  });

  it('is the configured origin with the path, or the configured URL with the query', () => {
    const origin = senderUrl('https://hooks.example.com', 0, request({}));
    assert.deepEqual(origin, { url: 'https://hooks.example.com/api/hooks/a?b=1' });
    const whole = senderUrl('https://hooks.example.com/in?x=1', 0, request({}));
    assert.deepEqual(whole, {
      url: 'https://hooks.example.com/in?b=1',
      callbackUrl: 'https://hooks.example.com/in?x=1',
    });
  });

  it('is configured as http or https, without a user or a fragment', () => {
    for (const good of ['', 'https://a', 'http://a:8080/b?c=d']) assert.ok(isPublicUrl(good), good);
    for (const bad of ['a', '/in', 'ftp://a', 'https://u:p@a', 'https://a/#b', 'https://a b']) {
      assert.ok(!isPublicUrl(bad), bad);
    }
  });
});

it('a secret in the URL is not stored, whichever way it is written there', async () => {
  const { scheme } = findProvider('azure-eventgrid')!;
  for (const query of ['a=1&code=the+secret', 'co%64e=the%20secret&a=1']) {
    const setup = setUp({ scheme, secrets: { current: 'the secret' } });
    const sent = { ...validRequest('[]'), url: `/hooks/orders?${query}` };
    assert.equal((await receive(setup.endpoint, sent, {}))?.status, 200);
    const [{ event }] = setup.accepted as [(typeof setup.accepted)[0]];
    assert.ok(!JSON.stringify(event.request).includes('secret'), JSON.stringify(event.request));
    assert.equal(event.request.query['a'], '1');
    assert.equal(event.request.query['code'], '[redacted]');
  }
});

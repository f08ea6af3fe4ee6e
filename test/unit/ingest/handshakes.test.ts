import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { describe, it } from 'node:test';
import type { CapturedSecret } from '../../../src/ingest/captured-secret';
import { createEndpoint, type EndpointSettings } from '../../../src/ingest/endpoint';
import { receive } from '../../../src/ingest/receive';
import { findProvider } from '../../../src/signature/catalogue';
import { setUp, validRequest } from './endpoint-fixture';

/** The settings of an endpoint of this sender. */
function settingsOf(id: string): Partial<EndpointSettings> {
  const { scheme, handshakes, capturesSecret = false } = findProvider(id)!;
  return { provider: id, scheme, handshakes, capturesSecret, methods: ['POST'], secrets: null };
}

/** A place for one secret, in memory. */
function place(secret: string | null = null): CapturedSecret & { secret: string | null } {
  return {
    secret,
    read() {
      return this.secret;
    },
    write(value) {
      this.secret = value;
      return Promise.resolve();
    },
  };
}

function waiting(
  id: string,
  captured: CapturedSecret,
  secrets: EndpointSettings['secrets'] = null,
) {
  const setup = setUp({ ...settingsOf(id), secrets });
  const { settings, tools } = setup.endpoint;
  return { setup, endpoint: createEndpoint(settings, { ...tools, captured }) };
}

const hook = (secret: string) => validRequest('{}', { 'x-hook-secret': secret });
const event = (secret: string, body = '{"events":[]}') =>
  validRequest(body, {
    'x-hook-signature': createHmac('sha256', secret).update(body).digest('hex'),
  });

describe('a handshake', () => {
  it('is answered, counted, and no event', async () => {
    const setup = setUp(settingsOf('dropbox'));
    const request = { ...validRequest(''), method: 'GET', url: '/hooks/orders?challenge=abc' };
    const answer = await receive(setup.endpoint, request, {});
    assert.equal(answer?.body, 'abc');
    assert.equal(answer.headers['x-content-type-options'], 'nosniff');
    assert.equal(setup.accepted.length, 0);
    assert.deepEqual(setup.endpoint.handshakes?.counts, {
      answered: 1,
      refused: 0,
      lastAtMs: setup.clock.now(),
    });
  });

  it('has its own method, which is good for nothing else', async () => {
    const setup = setUp({ ...settingsOf('dropbox'), secrets: { current: 's' } });
    assert.deepEqual(setup.endpoint.handshakes?.methods, ['GET']);
    const answer = await receive(setup.endpoint, { ...validRequest(''), method: 'GET' }, {});
    assert.equal(answer?.status, 405);
    assert.equal(answer.headers['allow'], 'POST');
    assert.equal(setup.accepted.length, 0);
  });

  it('that is refused is kept with its cause', async () => {
    const setup = setUp({ ...settingsOf('meta'), settings: { verifyToken: 'right' } });
    const url = '/hooks/orders?hub.mode=subscribe&hub.challenge=1&hub.verify_token=wrong';
    const answer = await receive(setup.endpoint, { ...validRequest(''), method: 'GET', url }, {});
    assert.equal(answer?.status, 403);
    assert.equal(setup.rejected[0]?.cause, 'handshake');
    assert.equal(setup.endpoint.handshakes?.counts.refused, 1);
  });
});

describe('a secret that comes with a handshake', () => {
  it('is kept, answered, and verifies from then on', async () => {
    const captured = place();
    const { setup, endpoint } = waiting('asana', captured);
    let told = 0;
    endpoint.verification.onCapture = () => {
      told++;
    };
    assert.equal((await receive(endpoint, event('theirs'), {}))?.status, 401);
    const answer = await receive(endpoint, hook('theirs'), {});
    assert.equal(answer?.status, 200);
    assert.equal(answer.headers['x-hook-secret'], 'theirs');
    assert.equal(captured.secret, 'theirs');
    assert.equal(told, 1);
    assert.equal((await receive(endpoint, event('theirs'), {}))?.status, 200);
    assert.equal((await receive(endpoint, event('other'), {}))?.status, 401);
    assert.equal(setup.accepted.length, 1);
  });

  it('is taken once: the next one is refused', async () => {
    const captured = place();
    const { endpoint } = waiting('asana', captured);
    await receive(endpoint, hook('theirs'), {});
    assert.equal((await receive(endpoint, hook('attacker'), {}))?.status, 401);
    assert.equal(captured.secret, 'theirs');
  });

  it('is not taken where one is set', async () => {
    const captured = place();
    const { endpoint } = waiting('asana', captured, { current: 'ours' });
    assert.equal((await receive(endpoint, hook('theirs'), {}))?.status, 401);
    assert.equal(captured.secret, null);
    assert.equal((await receive(endpoint, event('ours'), {}))?.status, 200);
  });

  it('is there after a restart; one that cannot be read is not replaced', async () => {
    const { endpoint } = waiting('asana', place('theirs'));
    assert.equal((await receive(endpoint, event('theirs'), {}))?.status, 200);
    const broken: CapturedSecret = {
      read: () => {
        throw new Error('no key');
      },
      write: () => assert.fail('must not be written'),
    };
    const { endpoint: closed } = waiting('asana', broken);
    assert.equal((await receive(closed, hook('attacker'), {}))?.status, 401);
    assert.equal((await receive(closed, event('attacker'), {}))?.status, 401);
  });

  it('of two at once one is kept', async () => {
    const captured = place();
    const { endpoint } = waiting('asana', captured);
    const answers = await Promise.all([
      receive(endpoint, hook('one'), {}),
      receive(endpoint, hook('two'), {}),
    ]);
    assert.deepEqual(answers.map((answer) => answer?.status).sort(), [200, 401]);
  });

  it('that cannot be kept is not acknowledged', async () => {
    const captured: CapturedSecret = {
      read: () => null,
      write: () => Promise.reject(new Error('disk full')),
    };
    const { setup, endpoint } = waiting('asana', captured);
    assert.equal((await receive(endpoint, hook('theirs'), {}))?.status, 500);
    assert.ok(!JSON.stringify(setup.rejected).includes('theirs'));
    assert.equal((await receive(endpoint, event('theirs'), {}))?.status, 401);
  });
});

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { PROVIDERS } from '../../../src/signature/catalogue';
import { SAMPLES } from '../../../src/signature/providers/samples';
import { GENERAL_SAMPLE, type Sample } from '../../../src/signature/sample';
import type { Scheme } from '../../../src/signature/scheme';
import { Draft } from '../../../src/signature/sign/draft';
import { signDraft, type Signing } from '../../../src/signature/sign/sign';
import type { Signer } from '../../../src/signature/sign/signer';
import { createVerifier } from '../../../src/signature/verify';
import { readVectors, settingsOf, type Vector } from './vectors';

const NOW = Date.parse('2026-01-01T12:00:00Z');
const TARGET = { method: 'POST', url: 'https://hooks.example.com/in/test' };
const vectors = readVectors('vectors');
let ids = 0;

/** A secret and settings of the form that the sender has. */
function signerFor(id: string, nowMs = NOW): Signer {
  const vector = vectors.find(
    ({ provider, kind, expected }) => provider === id && kind === 'verify' && expected === 'valid',
  );
  const settings = vector === undefined ? {} : settingsOf(vector);
  return { secret: vector?.secret ?? '', settings, nowMs, newId: () => `id-${++ids}` };
}

function sign(scheme: Scheme, sample: Sample, signer: Signer, method = 'POST'): Promise<Signing> {
  return signDraft(scheme, new Draft({ ...TARGET, method }, sample), signer);
}

describe('a request that is signed for a test', () => {
  it('is possible for every sender whose secret is shared, with its sample', async () => {
    const refused: Record<string, string[]> = {};
    let signed = 0;
    for (const { id, scheme } of PROVIDERS) {
      const signer = signerFor(id);
      const signing = await sign(scheme, SAMPLES[id] ?? GENERAL_SAMPLE, signer);
      if (!signing.ok) {
        (refused[signing.why] ??= []).push(
          signing.why === 'other' ? `${id}: ${signing.problem}` : id,
        );
        continue;
      }
      signed++;
      if (scheme.scheme === 'none') continue;
      const other = { current: `${signer.secret}ab` };
      const options = { settings: signer.settings, now: () => NOW };
      const verdict = await createVerifier(scheme, other, options).verify(signing.request);
      assert.equal(verdict.ok, false, `${id} is signed with the secret`);
    }
    console.log(`signed for a test: ${signed} of ${PROVIDERS.length} senders`);
    assert.deepEqual(refused, {
      'private-key': [
        ...['discord', 'discord-events', 'google-pubsub', 'kick', 'paddle-classic', 'plaid'],
        ...['standard-webhooks-v1a', 'sendgrid'],
      ].sort(),
      certificate: ['aws-sns', 'paypal'],
    });
  });

  it('has the signature that the library of the sender makes', async () => {
    let same = 0;
    for (const { id, scheme } of PROVIDERS) {
      const recorded = recordedSignature(id, scheme);
      if (recorded === undefined) continue;
      const { vector, names, nowMs } = recorded;
      const headers = Object.entries(vector.headers).filter(
        ([name, value]) => !names.includes(name.toLowerCase()) && typeof value === 'string',
      );
      const body = Buffer.from(vector.bodyBase64, 'base64').toString();
      if (!body.startsWith('{')) continue;
      const sample = { headers: Object.fromEntries(headers) as Record<string, string> };
      const draft = new Draft(
        { method: vector.method, url: vector.url },
        { ...sample, json: JSON.parse(body) as unknown },
      );
      if (!draft.request().body.toString().includes(body)) continue;
      const signer = {
        ...signerFor(id, nowMs),
        secret: vector.secret!,
        settings: settingsOf(vector),
      };
      const signing = await signDraft(scheme, draft, signer);
      assert.ok(signing.ok, `${id}: ${JSON.stringify(signing)}`);
      const expected = Object.entries(vector.headers).find(([name]) =>
        names.includes(name.toLowerCase()),
      );
      assert.equal(signing.request.headers[names[0]!], expected?.[1], id);
      same++;
    }
    console.log(`with the signature of a recorded request: ${same} senders`);
    assert.ok(same >= 60, String(same));
  });

  it('is refused, in words, without a secret and where the sample lacks what is signed', async () => {
    const { scheme } = PROVIDERS.find(({ id }) => id === 'github')!;
    const none = await sign(scheme, GENERAL_SAMPLE, { ...signerFor('github'), secret: '${X}' });
    assert.deepEqual(none, { ok: false, why: 'no-secret' });
    const adyen = PROVIDERS.find(({ id }) => id === 'adyen')!;
    const lacking = await sign(adyen.scheme, GENERAL_SAMPLE, signerFor('adyen'));
    assert.equal(lacking.ok, false);
    assert.match(JSON.stringify(lacking), /notificationItems is no list/);
  });

  it('leads to no prototype, whatever path a scheme names', async () => {
    const scheme: Scheme = { scheme: 'token', at: { json: '__proto__.polluted' } };
    const signing = await sign(scheme, GENERAL_SAMPLE, signerFor('github'));
    assert.equal(signing.ok, false);
    assert.equal(({} as Record<string, unknown>)['polluted'], undefined);
  });
});

/** A recorded request whose only signature is in a header, and the time at which it was signed. */
function recordedSignature(
  id: string,
  scheme: Scheme,
): { vector: Vector; names: string[]; nowMs: number } | undefined {
  if (scheme.scheme !== 'hmac' && scheme.scheme !== 'hash') return undefined;
  if (scheme.bodyHash !== undefined) return undefined;
  const names = [scheme.sig.header ?? []].flat().map((each) => each.toLowerCase());
  const vector = vectors.find((v) => v.provider === id && v.name === 'valid-basic');
  if (names.length === 0 || vector === undefined || vector.secret === null) return undefined;
  const { ts } = scheme;
  if (ts === undefined) return { vector, names, nowMs: NOW };
  if (ts.header === undefined || ts.fmt === 'iso') return undefined;
  const name = [ts.header].flat()[0]!.toLowerCase();
  const [, sent] = Object.entries(vector.headers).find(([key]) => key.toLowerCase() === name) ?? [];
  return { vector, names, nowMs: Number(sent) * (ts.fmt === 'ms' ? 1 : 1000) };
}

import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { CertificateCache } from '../../../src/signature/certificate-cache';
import { checkChain, readCertificates } from '../../../src/signature/certificate-chain';

type Name = 'root' | 'other' | 'inter' | 'leaf' | 'expired' | 'notca' | 'under';
const PEM = JSON.parse(
  readFileSync('test/fixtures/signature/certificate-chain.json', 'utf8'),
) as Record<Name, string>;
const certificate = (name: Name) => new X509Certificate(PEM[name]);
const NOW = Date.parse('2030-01-01T00:00:00Z');
const roots = [certificate('other'), certificate('root')];

describe('a chain of certificates', () => {
  const check = (names: readonly Name[], nowMs = NOW) =>
    checkChain(names.map(certificate), { roots, nowMs });

  it('leads from the sender over the others to a root, whatever their order', async () => {
    await check(['leaf', 'inter']);
    await check(['leaf', 'root', 'inter']);
  });

  const bad: readonly [readonly Name[], RegExp, number?][] = [
    [[], /holds no certificate/],
    [['leaf'], /not issued by an authority/],
    [['leaf', 'other'], /not issued by an authority/],
    [['expired', 'inter'], /is valid from .* only/],
    [['leaf', 'inter'], /is valid from .* only/, Date.parse('2020-01-01')],
    [['inter'], /one of an authority, not of a sender/],
    [['under', 'notca'], /not issued by an authority/],
  ];
  for (const [names, problem, nowMs] of bad) {
    it(`is refused: ${names.join(' < ') || 'none'} at ${nowMs ?? 'now'}`, async () => {
      await assert.rejects(check(names, nowMs), problem);
    });
  }

  it('is not led by a root that is not known', async () => {
    const unknown = { roots: [certificate('other')], nowMs: NOW };
    await assert.rejects(
      checkChain([certificate('leaf'), certificate('inter')], unknown),
      /not issued/,
    );
  });

  it('is read from PEM blocks or DER, and from nothing else', () => {
    assert.equal(readCertificates(Buffer.from(PEM.leaf + PEM.inter)).length, 2);
    assert.equal(readCertificates(certificate('leaf').raw).length, 1);
    assert.throws(() => readCertificates(Buffer.from('<html>')), /holds no certificate/);
  });
});

describe('certificates by address', () => {
  const ALLOW = '^crt\\.test\\.example$';

  function setUp(answers: Record<string, string | undefined>) {
    const asked: string[] = [];
    const state = { now: NOW };
    const cache = new CertificateCache({
      now: () => state.now,
      roots: () => roots,
      fetchBytes: (url) => {
        asked.push(url);
        const answer = answers[url];
        return answer === undefined
          ? Promise.reject(new Error('404'))
          : Promise.resolve(Buffer.from(answer));
      },
    });
    return { cache, asked, state, answers };
  }

  it('are fetched once, by all who wait together, and again after a day', async () => {
    const { cache, asked, state } = setUp({ 'https://a/1.pem': PEM.leaf + PEM.inter });
    const [one, two] = await Promise.all([
      cache.key('https://a/1.pem'),
      cache.key('https://a/1.pem'),
    ]);
    assert.ok(one.equals(certificate('leaf').publicKey) && two.equals(one));
    assert.equal(asked.length, 1);
    state.now += 86_400_001;
    await cache.key('https://a/1.pem');
    assert.equal(asked.length, 2);
  });

  it('are not believed for longer than they are valid', async () => {
    const { cache, state } = setUp({ 'https://a/1.pem': PEM.leaf + PEM.inter });
    await cache.key('https://a/1.pem');
    state.now = Date.parse('2020-01-01');
    await assert.rejects(cache.key('https://a/1.pem'), /is valid from/);
  });

  it('are refused where they lead to no root; the next request asks again', async () => {
    const { cache, asked, answers } = setUp({ 'https://a/1.pem': PEM.under + PEM.notca });
    await assert.rejects(cache.key('https://a/1.pem'), /not issued/);
    answers['https://a/1.pem'] = PEM.leaf + PEM.inter;
    await cache.key('https://a/1.pem');
    assert.equal(asked.length, 2);
  });

  it('get a missing issuer from an allowed host only', async () => {
    const issuer = 'http://crt.test.example/inter.cer';
    const { cache, asked } = setUp({ 'https://a/1.pem': PEM.leaf, [issuer]: PEM.inter });
    await assert.rejects(cache.key('https://a/1.pem'), /not issued/);
    await assert.rejects(cache.key('https://a/1.pem', '^other\\.example$'), /not allowed/);
    assert.ok(!asked.includes(issuer));
    await cache.key('https://a/1.pem', ALLOW);
    assert.ok(asked.includes(issuer));
  });

  it('take no other certificate for the issuer', async () => {
    const issuer = 'http://crt.test.example/inter.cer';
    const { cache } = setUp({ 'https://a/1.pem': PEM.leaf, [issuer]: PEM.other });
    await assert.rejects(cache.key('https://a/1.pem', ALLOW), /not issued/);
  });

  it('of many addresses few are fetched: requests can name any', async () => {
    const { cache, asked, state } = setUp({});
    for (let n = 0; n < 50; n++) await assert.rejects(cache.key(`https://a/${n}.pem`));
    assert.equal(asked.length, 10);
    state.now += 60_001;
    await assert.rejects(cache.key('https://a/99.pem'), /404/);
  });
});

import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { SecretFile } from '../../nodes/shared/runtime/secret-file';

const folder = mkdtempSync(join(tmpdir(), 'secret-file-'));
after(() => rmSync(folder, { recursive: true, force: true }));
let files = 0;
const newPath = () => join(folder, `${++files}`, 'captured-secrets.json');
const SECRET = 'the secret that came with the handshake';

describe('a file of captured secrets', () => {
  for (const credentialSecret of ['a credential secret', undefined, false]) {
    it(`keeps them over a restart, encrypted, for its owner only (${credentialSecret})`, async () => {
      const path = newPath();
      const file = new SecretFile(path, credentialSecret);
      assert.equal(file.read('a'), null);
      await file.write('a', SECRET);
      assert.equal(file.read('a'), SECRET);
      assert.equal(new SecretFile(path, credentialSecret).read('a'), SECRET);
      assert.equal(statSync(path).mode & 0o777, 0o600);
      assert.ok(!readFileSync(path, 'utf8').includes(SECRET));
    });
  }

  it('gives no secret of one name under another, and none with another key', async () => {
    const path = newPath();
    const file = new SecretFile(path, 'one');
    await file.write('a', SECRET);
    assert.equal(file.read('b'), null);
    assert.equal(file.read('__proto__'), null);
    assert.throws(() => new SecretFile(path, 'two').read('a'));
    const moved = JSON.parse(readFileSync(path, 'utf8')) as { secrets: Record<string, string> };
    assert.deepEqual(Object.keys(moved.secrets), ['a']);
  });

  it('forgets one and keeps the others', async () => {
    const path = newPath();
    const file = new SecretFile(path, 'one');
    await Promise.all([file.write('a', SECRET), file.write('b', 'other')]);
    await file.remove('a');
    assert.equal(file.read('a'), null);
    assert.equal(new SecretFile(path, 'one').read('b'), 'other');
  });
});

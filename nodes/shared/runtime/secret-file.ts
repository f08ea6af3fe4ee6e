import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdir, open, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { isRecord, parseJson } from '../../../src/shared/json';

const ALGORITHM = 'aes-256-gcm';
const IV_BYTES = 12;
const TAG_BYTES = 16;
const KEY_BYTES = 32;

interface Contents {
  /** Used where Node-RED's own `credentialSecret` is not set in the settings file. */
  readonly key: string;
  readonly secrets: Readonly<Record<string, string>>;
}

/**
 * Secrets by name in a file that only its owner may read, each encrypted with a key from Node-RED's
 * `credentialSecret`; without one, with a key in the file itself, which is no better than the file's
 * mode. A crash while writing leaves the old file or the new one.
 */
export class SecretFile {
  readonly #path: string;
  readonly #credentialSecret: unknown;
  #contents: Contents;
  #writing: Promise<void> = Promise.resolve();

  constructor(path: string, credentialSecret: unknown) {
    this.#path = path;
    this.#credentialSecret = credentialSecret;
    this.#contents = readContents(path);
  }

  /** Null: there is none of that name. Throws where there is one and it can't be decrypted. */
  read(name: string): string | null {
    const { secrets } = this.#contents;
    const sealed = Object.hasOwn(secrets, name) ? secrets[name] : undefined;
    if (sealed === undefined) return null;
    const bytes = Buffer.from(sealed, 'base64');
    const decipher = createDecipheriv(ALGORITHM, this.#key(), bytes.subarray(0, IV_BYTES));
    decipher.setAAD(Buffer.from(name, 'utf8'));
    decipher.setAuthTag(bytes.subarray(IV_BYTES, IV_BYTES + TAG_BYTES));
    const text = decipher.update(bytes.subarray(IV_BYTES + TAG_BYTES));
    return Buffer.concat([text, decipher.final()]).toString('utf8');
  }

  /** Resolves once the file is on disk. */
  write(name: string, secret: string): Promise<void> {
    const iv = randomBytes(IV_BYTES);
    const cipher = createCipheriv(ALGORITHM, this.#key(), iv);
    cipher.setAAD(Buffer.from(name, 'utf8'));
    const text = Buffer.concat([cipher.update(secret, 'utf8'), cipher.final()]);
    const sealed = Buffer.concat([iv, cipher.getAuthTag(), text]).toString('base64');
    return this.#save({ ...this.#contents.secrets, [name]: sealed });
  }

  remove(name: string): Promise<void> {
    if (!Object.hasOwn(this.#contents.secrets, name)) return Promise.resolve();
    const others = Object.entries(this.#contents.secrets).filter(([other]) => other !== name);
    return this.#save(Object.fromEntries(others));
  }

  #key(): Buffer {
    const secret = this.#credentialSecret;
    const source = typeof secret === 'string' && secret !== '' ? secret : this.#contents.key;
    return Buffer.from(hkdfSync('sha256', source, '', 'captured webhook secrets', KEY_BYTES));
  }

  #save(secrets: Contents['secrets']): Promise<void> {
    this.#contents = { ...this.#contents, secrets };
    const write = (): Promise<void> => replaceFile(this.#path, JSON.stringify(this.#contents));
    this.#writing = this.#writing.then(write, write);
    return this.#writing;
  }
}

function readContents(path: string): Contents {
  let saved: unknown;
  try {
    saved = parseJson(readFileSync(path, 'utf8'));
  } catch {
    saved = undefined;
  }
  const { key, secrets } = isRecord(saved) ? saved : {};
  const texts = Object.entries(isRecord(secrets) ? secrets : {}).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string',
  );
  return {
    key: typeof key === 'string' ? key : randomBytes(KEY_BYTES).toString('base64'),
    secrets: Object.fromEntries(texts),
  };
}

async function replaceFile(file: string, text: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  const handle = await open(`${file}.tmp`, 'w', 0o600);
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(`${file}.tmp`, file);
}

import { hasReference } from '../environment';
import type { Note } from './note';

const SECRET_HEADER = /^(?:proxy-)?authorization$|^cookie$|api-?key|token|secret/i;

/** Headers stand in the flow file as they are: a secret in one belongs into the credentials, or a variable. */
export function noteSecretHeaders(headers: object, where: string, notes: Note[]): void {
  for (const [name, value] of Object.entries(headers)) {
    if (SECRET_HEADER.test(name) && typeof value === 'string' && !hasReference(value)) {
      notes.push({ code: 'secret-in-header', where: `${where}.${name}` });
    }
  }
}

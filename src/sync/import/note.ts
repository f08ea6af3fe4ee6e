/** Why a part of an APILinker configuration is not carried over as it stands. */
export const NOTE_CODES = [
  'ignored',
  'auth-unknown',
  'auth-interactive',
  'secret-provider',
  'headers-not-text',
  'endpoint-unusable',
  'field-unusable',
  'one-breaker',
  'dead-letters',
  'schedule',
  'no-target',
  'no-mapping',
  'no-base-url',
  'recovery',
  'tls',
  'not-verified',
  'secret-in-header',
] as const;
export type NoteCode = (typeof NOTE_CODES)[number];

export interface Note {
  readonly code: NoteCode;
  /** Which part: `source.retry`. */
  readonly where: string;
}

/** Lists the keys of a section that are not carried over. */
export function noteOthers(
  saved: object,
  known: readonly string[],
  where: string,
  notes: Note[],
): void {
  for (const key of Object.keys(saved)) {
    if (!known.includes(key)) notes.push({ code: 'ignored', where: `${where}.${key}` });
  }
}

import type {
  CoveredPart,
  Place,
  ReplayWindow,
  SchemeFacts,
} from '../../../src/signature/scheme-facts';
import type { Translate } from './provider-select';

const KEY = 'webhook-in.summary';

/** One sentence that says what is checked of a request, and what is not. */
export function verificationWords(
  facts: SchemeFacts,
  sender: string,
  translate: Translate,
): string {
  const { how, algorithm, covers, place, window } = facts;
  const parts = listed(
    covers.map((part) => partWords(part, translate)),
    translate,
  );
  const words = [translate(`${KEY}.how.${how}`, { algorithm, parts })];
  if (place !== null) words.push(placeWords(place, translate));
  if (how !== 'nothing') words.push(windowWords(window, sender, translate));
  return `${words.join(', ')}.`;
}

function partWords(part: CoveredPart, translate: Translate): string {
  return translate(`${KEY}.part.${part.kind}`, 'name' in part ? { name: part.name } : {});
}

function placeWords({ kind, names }: Place, translate: Translate): string {
  return translate(`${KEY}.place.${kind}`, { names: names.join(' / ') });
}

function windowWords(window: ReplayWindow, sender: string, translate: Translate): string {
  if (window.kind !== 'seconds') return translate(`${KEY}.window.${window.kind}`, { sender });
  const isMinutes = window.seconds >= 120 && window.seconds % 60 === 0;
  return isMinutes
    ? translate(`${KEY}.window.minutes`, { count: String(window.seconds / 60) })
    : translate(`${KEY}.window.seconds`, { count: String(window.seconds) });
}

function listed(words: readonly string[], translate: Translate): string {
  const [last = '', ...before] = [...words].reverse();
  if (before.length === 0) return last;
  return translate(`${KEY}.and`, { before: before.reverse().join(', '), last });
}

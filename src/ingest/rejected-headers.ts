import { PROVIDERS } from '../signature/catalogue';
import { secretHeaders } from '../signature/locations';
import { REDACTED, redactHeaders, type RedactedHeaders } from './redact';

const MAX_HEADERS = 60;
const MAX_NAME = 100;
const MAX_VALUE = 500;
/** Names and values together; a request's headers are at most 16 KB to Node.js. */
const MAX_CHARACTERS = 8000;

/** Of any sender that we know: a refused request may be that of another one than the endpoint expects. */
const OF_ANY_SENDER: ReadonlySet<string> = new Set(
  PROVIDERS.flatMap(({ scheme }) => secretHeaders(scheme)),
);
/** Of the others: names that say so. */
const SECRET_NAME =
  /auth|token|secret|sig\b|signature|signed|hmac|digest|hash|passw|pass$|key|credential|cookie|session|jwt|cert/;

/**
 * The headers of a refused request, for whoever wants to know why it was refused. It may have come from
 * anybody and be signed in any way, so more is redacted than of an event. Long values end with an
 * ellipsis; what is beyond the bounds is left out.
 */
export function rejectedHeaders(
  headers: Readonly<Record<string, string | string[] | undefined>>,
  redacted: RedactedHeaders,
): Readonly<Record<string, string>> {
  const isSecret = (name: string): boolean =>
    redacted.has(name) || OF_ANY_SENDER.has(name) || SECRET_NAME.test(name);
  const kept: [string, string][] = [];
  let characters = 0;
  for (const [name, value] of Object.entries(redactHeaders(headers, { has: isSecret }))) {
    if (name.length > MAX_NAME) continue;
    const shown = value === REDACTED ? value : shortened(value);
    characters += name.length + shown.length;
    if (kept.length === MAX_HEADERS || characters > MAX_CHARACTERS) break;
    kept.push([name, shown]);
  }
  return Object.fromEntries(kept);
}

function shortened(value: string): string {
  return value.length <= MAX_VALUE ? value : `${value.slice(0, MAX_VALUE)}\u2026`;
}

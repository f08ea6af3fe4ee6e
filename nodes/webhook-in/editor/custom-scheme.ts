import { isRecord, parseJson } from '../../../src/shared/json';
import { validateScheme } from '../../../src/signature/validate-scheme';
import type { Translate } from './provider-select';
import { said } from '../../shared/editor/said';

const INPUT = '#webhook-in-scheme';

/** What a new scheme begins with. */
const SAMPLE = {
  scheme: 'hmac',
  alg: 'sha256',
  sig: { header: 'X-Signature', prefix: 'sha256=', enc: 'hex' },
  msg: '{body}',
};

/** Shows a scheme as JSON, and while it is edited what is wrong with it. */
export function bindCustomScheme(saved: unknown, translate: Translate): void {
  const scheme = isRecord(saved) ? saved : SAMPLE;
  $(INPUT).val(JSON.stringify(scheme, null, 2));
  const show = (): unknown => $('#webhook-in-scheme-problem').text(problemOf(translate));
  $(INPUT).on('input', show);
  show();
}

/** Null where the text is no object: the node will say so. */
export function readCustomScheme(): Record<string, unknown> | null {
  const value = parseJson(text());
  return isRecord(value) ? value : null;
}

function problemOf(translate: Translate): string {
  const value = parseJson(text());
  if (value === undefined) return translate('webhook-in.hint.schemeJson');
  const validated = validateScheme(value);
  return validated.ok ? '' : said(validated.problem);
}

function text(): string {
  return String($(INPUT).val() ?? '');
}

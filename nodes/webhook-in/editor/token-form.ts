import { JWT_ALGORITHMS, type JwtAlgorithm, type JwtOptions } from '../../../src/signature/options';
import { readList, writeList } from '../../shared/editor/list-input';

const ID = '#webhook-in-jwt-';

export function showTokenForm(options: JwtOptions): void {
  const select = $(`${ID}algorithms`);
  for (const algorithm of JWT_ALGORITHMS) {
    $('<option>', { value: algorithm }).text(algorithm).appendTo(select);
  }
  select.val([...options.algorithms]);
  $(`${ID}issuer`).val(options.issuer);
  $(`${ID}audience`).val(options.audience);
  writeList(`${ID}requiredClaims`, options.requiredClaims);
  $(`${ID}jwksUrl`).val(options.jwksUrl);
  $(`${ID}maxAgeSeconds`).val(options.maxAgeSeconds ?? '');
  $(`${ID}leewaySeconds`).val(options.leewaySeconds);
}

export function readTokenForm(): JwtOptions {
  return {
    algorithms: ($(`${ID}algorithms`).val() ?? []) as JwtAlgorithm[],
    issuer: textOf('issuer'),
    audience: textOf('audience'),
    requiredClaims: readList(`${ID}requiredClaims`),
    jwksUrl: textOf('jwksUrl'),
    maxAgeSeconds: textOf('maxAgeSeconds') === '' ? null : Number(textOf('maxAgeSeconds')),
    leewaySeconds: textOf('leewaySeconds') === '' ? 60 : Number(textOf('leewaySeconds')),
  };
}

function textOf(name: string): string {
  return String($(ID + name).val() ?? '').trim();
}

import {
  defaultSignatureHeader,
  isSignatureType,
  JWT_ALGORITHMS,
  readJwtOptions,
  SIGNATURE_DEFAULTS,
  SIGNATURE_TYPES,
  type JwtAlgorithm,
  type JwtOptions,
} from '../../../src/signature/options';
import { CHOICES } from '../../../src/signature/providers/choices';
import type { EditedNode } from '../../shared/editor/red';
import { readList, writeList } from '../../shared/editor/list-input';

type Translate = (key: string) => string;

/** Fills the choice of senders, and shows only what the chosen one needs. */
export function bindVerification(node: EditedNode, translate: Translate): void {
  fillProviders(translate);
  fillSignatureTypes(translate);
  showTokenForm(readJwtOptions(node.jwt) ?? SIGNATURE_DEFAULTS.jwt);
  const provider = $('#node-input-provider').val(node.provider ?? 'none');
  const type = $('#node-input-signatureType').val(
    node.signatureType ?? SIGNATURE_DEFAULTS.signatureType,
  );
  const update = (): void => showRows(translate);
  provider.on('change', update);
  type.on('change', update);
  update();
}

function fillProviders(translate: Translate): void {
  const select = $('#node-input-provider');
  addOption(select, 'none', translate('webhook-in.option.provider.none'));
  for (const { id, name } of CHOICES) addOption(select, id, name);
  addOption(select, 'generic', translate('webhook-in.option.provider.generic'));
}

function fillSignatureTypes(translate: Translate): void {
  const select = $('#node-input-signatureType');
  for (const type of SIGNATURE_TYPES) {
    addOption(select, type, translate(`webhook-in.option.signatureType.${type}`));
  }
}

function addOption(select: JQuery, value: string, text: string): void {
  $('<option>', { value }).text(text).appendTo(select);
}

function showRows(translate: Translate): void {
  const chosen = String($('#node-input-provider').val());
  const type = $('#node-input-signatureType').val();
  const isGeneric = chosen === 'generic';
  $('.webhook-in-signed').toggle(chosen !== 'none');
  $('.webhook-in-generic').toggle(isGeneric);
  $('.webhook-in-jwt').toggle(isGeneric && type === 'jwt');
  const header = isSignatureType(type) ? defaultSignatureHeader(type) : '';
  $('#node-input-signatureHeader').attr('placeholder', header);
  showHint(chosen, translate);
}

function showHint(chosen: string, translate: Translate): void {
  const provider = CHOICES.find(({ id }) => id === chosen);
  const own = chosen === 'none' ? 'webhook-in.hint.none' : 'webhook-in.hint.generic';
  const hint = $('#webhook-in-hint');
  hint.find('span').text(provider?.secretHint ?? translate(own));
  hint
    .find('a')
    .attr('href', provider?.docs ?? '')
    .toggle(provider !== undefined);
}

function showTokenForm({ algorithms, issuer, audience, requiredClaims }: JwtOptions): void {
  const select = $('#webhook-in-jwt-algorithms');
  for (const algorithm of JWT_ALGORITHMS) addOption(select, algorithm, algorithm);
  select.val([...algorithms]);
  $('#webhook-in-jwt-issuer').val(issuer);
  $('#webhook-in-jwt-audience').val(audience);
  writeList('#webhook-in-jwt-requiredClaims', requiredClaims);
}

export function readTokenForm(): JwtOptions {
  return {
    algorithms: ($('#webhook-in-jwt-algorithms').val() ?? []) as JwtAlgorithm[],
    issuer: String($('#webhook-in-jwt-issuer').val() ?? '').trim(),
    audience: String($('#webhook-in-jwt-audience').val() ?? '').trim(),
    requiredClaims: readList('#webhook-in-jwt-requiredClaims'),
  };
}

import {
  defaultSignatureHeader,
  isSignatureType,
  readJwtOptions,
  SIGNATURE_DEFAULTS,
  SIGNATURE_TYPES,
} from '../../../src/signature/options';
import type { ProviderChoice } from '../../../src/signature/provider';
import type { EditedNode } from '../../shared/editor/red';
import { bindCustomScheme } from './custom-scheme';
import { showProviderSettings } from './provider-settings';
import { bindProviderSelect, chosenProvider, findChoice, type Translate } from './provider-select';
import { showTokenForm } from './token-form';

/** Fills the choice of senders, and shows only what the chosen one needs. */
export function bindVerification(node: EditedNode, translate: Translate): void {
  fillSignatureTypes(translate);
  showTokenForm(readJwtOptions(node.jwt) ?? SIGNATURE_DEFAULTS.jwt);
  bindCustomScheme(node.scheme, translate);
  const type = $('#node-input-signatureType').val(
    node.signatureType ?? SIGNATURE_DEFAULTS.signatureType,
  );
  type.on('change', () => showRows(translate));
  bindProviderSelect(String(node.provider ?? 'none'), translate, () => {
    showProviderSettings((node.providerSettings ?? {}) as Record<string, string>);
    showRows(translate);
  });
}

function fillSignatureTypes(translate: Translate): void {
  const select = $('#node-input-signatureType');
  for (const type of SIGNATURE_TYPES) {
    const text = translate(`webhook-in.option.signatureType.${type}`);
    $('<option>', { value: type }).text(text).appendTo(select);
  }
}

function showRows(translate: Translate): void {
  const chosen = chosenProvider();
  const choice = findChoice(chosen);
  const type = $('#node-input-signatureType').val();
  const isGeneric = chosen === 'generic';
  const isBasic = isGeneric && type === 'basic';
  const isSigned = chosen !== 'none' && choice?.unsigned !== true;
  $('.webhook-in-signed').toggle(isSigned);
  $('.webhook-in-secret').toggle(isSigned && !isBasic && choice?.needsSecret !== false);
  $('.webhook-in-generic').toggle(isGeneric);
  $('.webhook-in-basic').toggle(isBasic);
  $('.webhook-in-custom').toggle(chosen === 'custom');
  $('.webhook-in-jwt').toggle(isGeneric && type === 'jwt');
  const usesKeys = choice?.usesKeySet === true || chosen === 'custom';
  $('.webhook-in-keys').toggle(usesKeys || (isGeneric && type === 'jwt'));
  const header = isSignatureType(type) ? defaultSignatureHeader(type) : '';
  $('#node-input-signatureHeader').attr('placeholder', header);
  showHint(chosen, choice, translate);
}

function showHint(chosen: string, choice: ProviderChoice | undefined, translate: Translate): void {
  const hint = $('#webhook-in-hint');
  const own = chosen === 'none' ? 'unsigned' : chosen === 'custom' ? 'custom' : 'generic';
  hint.find('span').text(choice?.secretHint ?? translate(`webhook-in.hint.${own}`));
  hint
    .find('a')
    .attr('href', choice?.docs ?? '')
    .toggle(choice !== undefined);
  const cautions = cautionsOf(choice).map((key) => translate(`webhook-in.hint.${key}`));
  $('#webhook-in-caution').text(cautions.join(' '));
}

function cautionsOf(choice: ProviderChoice | undefined): string[] {
  if (choice === undefined) return [];
  const { covers, unsigned, signsUrl, capturesSecret } = choice;
  return [
    ...(unsigned === true ? ['unsigned'] : covers === 'nothing' ? ['coversNothing'] : []),
    ...(covers === 'part' ? ['coversPart'] : []),
    ...(signsUrl === true ? ['signsUrl'] : []),
    ...(capturesSecret === true ? ['capturesSecret'] : []),
  ];
}

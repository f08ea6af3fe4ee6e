import {
  defaultSignatureHeader,
  isSignatureType,
  readJwtOptions,
  SIGNATURE_DEFAULTS,
  SIGNATURE_TYPES,
} from '../../../src/signature/options';
import type { ProviderChoice } from '../../../src/signature/provider';
import type { EditedNode } from '../../shared/editor/red';
import type { Scheme } from '../../../src/signature/scheme';
import { schemeFacts } from '../../../src/signature/scheme-facts';
import { chosenScheme } from './chosen-scheme';
import { bindCustomScheme } from './custom-scheme';
import { bindSecretButton, showSecretButton } from './generated-secret';
import { showProviderSettings } from './provider-settings';
import { bindProviderSelect, chosenProvider, findChoice, type Translate } from './provider-select';
import { showTokenForm } from './token-form';
import { verificationWords } from './verification-words';

/** Fills the choice of senders, and shows only what the chosen one needs. */
export function bindVerification(node: EditedNode, translate: Translate): void {
  fillSignatureTypes(translate);
  showTokenForm(readJwtOptions(node.jwt) ?? SIGNATURE_DEFAULTS.jwt);
  bindCustomScheme(node.scheme, translate);
  const type = $('#node-input-signatureType').val(
    node.signatureType ?? SIGNATURE_DEFAULTS.signatureType,
  );
  type.on('change', () => showRows(translate));
  bindSecretButton(chosenScheme, translate);
  type.closest('form').on('input change', () => {
    showSummary(translate);
    showCautions(translate);
  });
  $('#webhook-in-scheme').on('change', () => showRows(translate));
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
  const scheme = chosenScheme();
  const usesKeys = choice?.usesKeySet === true || (chosen === 'custom' && scheme?.scheme === 'jwt');
  $('.webhook-in-keys').toggle(usesKeys || (isGeneric && type === 'jwt'));
  const header = isSignatureType(type) ? defaultSignatureHeader(type) : '';
  $('#node-input-signatureHeader').attr('placeholder', header);
  showSecretButton(scheme, choice?.capturesSecret === true);
  showHint(chosen, choice, translate);
  showSummary(translate);
}

function showSummary(translate: Translate): void {
  const scheme = chosenScheme();
  const seconds = String($('#node-input-toleranceSeconds').val() ?? '').trim();
  const sender = findChoice(chosenProvider())?.name ?? translate('webhook-in.summary.theSender');
  const words =
    scheme === null
      ? ''
      : verificationWords(schemeFacts(scheme, toleranceOf(seconds)), sender, translate);
  $('#webhook-in-summary').text(words);
  $('.webhook-in-summary').toggle(words !== '' && scheme?.scheme !== 'none');
}

function toleranceOf(text: string): number | null {
  return /^\d+$/.test(text) ? Number(text) : null;
}

function showHint(chosen: string, choice: ProviderChoice | undefined, translate: Translate): void {
  const hint = $('#webhook-in-hint');
  const own = chosen === 'custom' ? 'custom' : 'generic';
  const words =
    choice?.secretHint ?? (chosen === 'none' ? '' : translate(`webhook-in.hint.${own}`));
  hint.find('span').text(words);
  hint.toggle(words !== '' || choice !== undefined);
  hint
    .find('a')
    .attr('href', choice?.docs ?? '')
    .toggle(choice !== undefined);
  showCautions(translate);
}

/** What one should know of the chosen verification before one relies on it. */
function showCautions(translate: Translate): void {
  const choice = findChoice(chosenProvider());
  const keys = choice === undefined ? ownCautions(chosenScheme()) : cautionsOf(choice);
  const missing = isSecretMissing() ? ['secretMissing'] : [];
  const cautions = [...keys, ...missing].map((key) => translate(`webhook-in.hint.${key}`));
  const shown = $('#webhook-in-caution').toggle(cautions.length > 0);
  // Not read out again at each key.
  if (shown.text() === cautions.join('')) return;
  shown.empty();
  for (const words of cautions) $('<div class="webhook-in-caution">').text(words).appendTo(shown);
}

/** Of a scheme that is no sender's. */
function ownCautions(scheme: Scheme | null): string[] {
  if (scheme === null) return [];
  const { how } = schemeFacts(scheme, null);
  if (how === 'nothing') return ['unsigned'];
  return ['looseToken', 'shared', 'basic'].includes(how) ? ['coversNothing'] : [];
}

/** Nothing is entered, and nothing was before: Node-RED shows a stored one as dots. */
function isSecretMissing(): boolean {
  const secret = $('#node-input-secret');
  const isNeeded = secret.closest('.form-row').css('display') !== 'none';
  const isSent = findChoice(chosenProvider())?.capturesSecret === true;
  const hasKeys = String($('#webhook-in-jwt-jwksUrl').val() ?? '').trim() !== '';
  return isNeeded && !isSent && !hasKeys && String(secret.val() ?? '').trim() === '';
}

function cautionsOf(choice: ProviderChoice): string[] {
  const { covers, unsigned, signsUrl, capturesSecret } = choice;
  return [
    ...(unsigned === true ? ['unsigned'] : covers === 'nothing' ? ['coversNothing'] : []),
    ...(covers === 'part' ? ['coversPart'] : []),
    ...(signsUrl === true ? ['signsUrl'] : []),
    ...(capturesSecret === true ? ['capturesSecret'] : []),
  ];
}

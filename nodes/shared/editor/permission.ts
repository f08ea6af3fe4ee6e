import { RED } from './red';

const HINT = '@apilinker/node-red-webhooks/webhooks-sidebar:event.noPayloadHint';

/** Whether the user of this editor may see payloads and act. The admin API asks for itself. */
export function mayWrite(): boolean {
  return RED.user.hasPermission('webhooks.write');
}

/** For who may only look, turns off what would be refused, and says what is needed; true: there is nothing to refuse. */
export function requireWrite(controls: JQuery, shown: JQuery): boolean {
  if (mayWrite()) return true;
  controls.prop('disabled', true);
  // Node-RED translates a form after it has been prepared.
  shown.removeAttr('data-i18n').text(RED._(HINT));
  return false;
}

import type { ConnectionCheck } from '../../../src/sync/check-connection';
import { ApiProblem, apiPost } from '../../shared/editor/admin-api';
import { requireWrite } from '../../shared/editor/permission';
import type { EditedNode } from '../../shared/editor/red';
import { whileBusy } from '../../shared/editor/while-busy';
import { said } from '../../shared/editor/said';

/** Lets a person ask the API by the connection as it is deployed, and shows how it went. */
export function prepareTestButton(node: EditedNode): void {
  const button = $('#apilinker-connection-test');
  const shown = $('#apilinker-connection-tested');
  const show = (text: string, kind: 'ok' | 'failed' | ''): void => {
    shown.text(text).attr('data-result', kind);
  };
  if (!requireWrite(button, shown)) return;
  button.on('click', () => {
    show(node._('apilinker-connection.test.running'), '');
    const run = apiPost<ConnectionCheck>(`/connections/${encodeURIComponent(node.id)}/test`)
      .then((check) => show(textOf(node, check), check.result === 'failed' ? 'failed' : 'ok'))
      .catch((thrown: unknown) => show(reasonOf(node, thrown), 'failed'));
    whileBusy(button, run);
  });
}

function textOf(node: EditedNode, check: ConnectionCheck): string {
  const { result, request, status, message, durationMs } = check;
  const values = {
    request,
    status: String(status),
    message: said(message),
    ms: String(durationMs),
  };
  return node._(`apilinker-connection.test.${result}`, values);
}

function reasonOf(node: EditedNode, thrown: unknown): string {
  if (!(thrown instanceof ApiProblem)) return String(thrown);
  return thrown.code === 'not-found'
    ? node._('apilinker-connection.test.notDeployed')
    : said(thrown.message);
}

import { ApiProblem, apiPost } from '../../shared/editor/admin-api';
import { requireWrite } from '../../shared/editor/permission';
import { showEvent } from '../../shared/editor/show-event';
import type { EditedNode } from '../../shared/editor/red';
import { whileBusy } from '../../shared/editor/while-busy';
import { said } from '../../shared/editor/said';
import type { TestReport } from '../../shared/test-report';
import type { Translate } from './provider-select';

/** Lets a user send a test event to the endpoint as it is deployed, and shows what came of it. */
export function bindTestEvent(node: EditedNode, translate: Translate): void {
  const button = $('#webhook-in-test');
  const result = $('#webhook-in-tested');
  const details = $('#webhook-in-test-details').hide();
  const open = $('#webhook-in-test-open').hide();
  let eventId = '';
  open.on('click', () => showEvent(eventId));
  const tell = (text: string, kind: 'ok' | 'failed' | ''): void => {
    result.text(text).attr('data-result', kind);
  };
  if (!requireWrite(button, result)) return;
  button.on('click', () => {
    details.hide();
    open.hide();
    tell(translate('webhook-in.test.running'), '');
    const run = apiPost<TestReport>(`/endpoints/${encodeURIComponent(node.id)}/test`)
      .then((report) => {
        tell(resultOf(report, translate), report.answer.status < 300 ? 'ok' : 'failed');
        showReport(report);
        details.show();
        eventId = report.eventId ?? '';
        open.toggle(eventId !== '');
      })
      .catch((thrown: unknown) => tell(reasonOf(thrown, translate), 'failed'));
    whileBusy(button, run);
  });
}

function resultOf({ answer, eventId }: TestReport, translate: Translate): string {
  const key = eventId === null ? 'refused' : 'stored';
  return translate(`webhook-in.test.${key}`, { status: String(answer.status) });
}

/** Texts only: an answer may hold what a flow or a sender wrote. */
function showReport({ request, answer }: TestReport): void {
  const { method, url, headers, body } = request;
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  $('#webhook-in-test-request').text([`${method} ${url}`, ...lines, '', body].join('\n'));
  const type = answer.contentType === '' ? [] : [`content-type: ${answer.contentType}`];
  $('#webhook-in-test-answer').text([String(answer.status), ...type, '', answer.body].join('\n'));
}

function reasonOf(thrown: unknown, translate: Translate): string {
  if (!(thrown instanceof ApiProblem)) return String(thrown);
  return thrown.code === 'not-found'
    ? translate('webhook-in.test.notDeployed')
    : said(thrown.message);
}

import type { JobDto } from '../../../src/history/dto';
import { apiPost } from '../../shared/editor/admin-api';
import { mayWrite } from '../../shared/editor/permission';
import { said } from '../../shared/editor/said';
import { askTwice } from './ask-twice';
import { badge, button, el } from './dom';
import { duration, fullTime } from './format';
import { problemText } from './problem-text';
import { RED, t } from './red-editor';
import { canvasNode } from './trail-lights';

export interface JobRowOptions {
  /** Null: the event is shown already. */
  readonly onEvent: ((eventId: string) => void) | null;
  readonly onChanged: () => void;
}

/** A message that waits at a retry node: how often it was tried, when again, and what went wrong. */
export function jobRow(job: JobDto, { onEvent, onChanged }: JobRowOptions): HTMLElement {
  const { state, attempts, dueAt, lastError, nodeId, eventId, nodeExists } = job;
  const isWaiting = state === 'waiting';
  const failed = el('p', { class: 'aw-problem', role: 'alert', hidden: true });
  const act = (path: string, body: object = {}): void => {
    apiPost(path, body).then(onChanged, (thrown: unknown) => {
      failed.textContent = problemText(thrown);
      failed.hidden = false;
    });
  };
  return el(
    'li',
    { class: 'aw-job' },
    el(
      'div',
      { class: 'aw-row-line' },
      badge(state, t(`jobs.state.${state}`)),
      nodeButton(nodeId),
      el('span', { class: 'aw-hint', text: t('jobs.attempts', { n: attempts }) }),
      isWaiting && el('span', { class: 'aw-hint', text: dueText(dueAt) }),
    ),
    lastError !== null &&
      state !== 'done' &&
      el('div', { class: 'aw-error', text: said(lastError.message) }),
    !nodeExists && isWaiting && el('p', { class: 'aw-warning', text: t('jobs.noNode') }),
    el(
      'div',
      { class: 'aw-actions' },
      ...(isWaiting && mayWrite() ? waitingActions(job, act) : []),
      onEvent !== null &&
        eventId !== null &&
        button(t('jobs.event'), () => onEvent(eventId), { icon: 'fa-envelope-o' }),
    ),
    failed,
  );
}

function waitingActions(
  { id, nodeExists }: JobDto,
  act: (path: string, body?: object) => void,
): HTMLElement[] {
  const others = nodeExists ? [] : RED.nodes.filterNodes({ type: 'webhook-retry' });
  const move = others.map(({ id: nodeId, name = '' }) =>
    button(name === '' ? t('jobs.moveToUnnamed') : `${t('jobs.moveTo')} ${name}`, () =>
      act(`/jobs/${id}/retry`, { nodeId }),
    ),
  );
  const now = button(t('jobs.retryNow'), () => act(`/jobs/${id}/retry`), { icon: 'fa-repeat' });
  const cancel = askTwice(t('jobs.cancel'), t('jobs.cancelSure'), () => act(`/jobs/${id}/cancel`));
  return [...(nodeExists ? [now] : move), cancel];
}

function nodeButton(nodeId: string): HTMLElement {
  const node = canvasNode(nodeId);
  if (node === null) return el('span', { class: 'aw-row-title', text: nodeId });
  const name = node.name ?? '';
  const made = button(name === '' ? node.type : name, () => RED.view.reveal(node.id), {
    title: t('attempts.reveal'),
  });
  made.classList.add('aw-link');
  return made;
}

function dueText(dueAt: string): string {
  const inMs = Date.parse(dueAt) - Date.now();
  if (inMs <= 0) return t('jobs.due');
  return `${t('jobs.next')} ${duration(inMs)} (${fullTime(dueAt)})`;
}

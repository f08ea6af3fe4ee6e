import { ATTEMPT_KINDS, type TrailStep } from '../../../src/events/event';
import type { AttemptDto } from '../../../src/history/dto';
import { said } from '../../shared/editor/said';
import { badge, el } from './dom';
import { duration, fullTime } from './format';
import { RED, t } from './red-editor';
import { canvasNode, light, lightsOut } from './trail-lights';

/** The attempts of an event, the first one first, each with its error and the nodes that it touched. */
export function attemptTimeline(attempts: readonly AttemptDto[]): HTMLElement {
  if (attempts.length === 0) return el('p', { class: 'aw-hint', text: t('attempts.none') });
  return el('ol', { class: 'aw-timeline' }, ...inOrder(attempts).map(attemptItem));
}

/** They are kept in the order of their ends. */
function inOrder(attempts: readonly AttemptDto[]): AttemptDto[] {
  const startOf = ({ startedAt }: AttemptDto): number => Date.parse(startedAt);
  // A retry may begin in the millisecond of the delivery that it belongs to.
  const rankOf = ({ kind }: AttemptDto): number => ATTEMPT_KINDS.indexOf(kind);
  return [...attempts].sort((a, b) => startOf(a) - startOf(b) || rankOf(a) - rankOf(b));
}

function attemptItem(attempt: AttemptDto): HTMLElement {
  const { kind, number, outcome, error, startedAt, endedAt, trail } = attempt;
  // Most errors are told at the node where they happened.
  const isOnTrail = trail.some(
    (step) => step.error === error?.message && error?.permanent !== true,
  );
  const item = el(
    'li',
    { class: `aw-attempt aw-is-${outcome}` },
    el(
      'div',
      { class: 'aw-attempt-head' },
      el('strong', { text: t(`attempts.kind.${kind}`, { number }) }),
      badge(outcome, t(`attempts.outcome.${outcome}`)),
      el('span', { class: 'aw-hint', text: fullTime(startedAt) }),
      el('span', { class: 'aw-hint', text: duration(Date.parse(endedAt) - Date.parse(startedAt)) }),
    ),
    error !== null &&
      !isOnTrail &&
      el(
        'div',
        { class: 'aw-error' },
        el('span', { text: said(error.message) }),
        error.permanent && el('span', { class: 'aw-mark', text: t('attempts.permanent') }),
      ),
    trail.length > 0 && trailList(trail),
  );
  const ids = trail.map(({ nodeId }) => nodeId);
  item.addEventListener('mouseenter', () => light(ids));
  item.addEventListener('mouseleave', () => lightsOut());
  return item;
}

function trailList(trail: readonly TrailStep[]): HTMLElement {
  return el('ol', { class: 'aw-trail', label: t('attempts.trail') }, ...trail.map(trailStep));
}

function trailStep({ nodeId, type, name, atMs, count, error, dropped }: TrailStep): HTMLElement {
  const node = canvasNode(nodeId);
  const step = el(
    'button',
    {
      type: 'button',
      class: `aw-step${error === undefined ? '' : ' aw-step-failed'}`,
      title: t(node === null ? 'attempts.gone' : 'attempts.reveal'),
      onclick: () => {
        if (node !== null) RED.view.reveal(node.id);
      },
    },
    el('span', { class: 'aw-step-name', text: name === '' ? type : name }),
    name !== '' && el('span', { class: 'aw-step-type', text: type }),
    count > 1 && el('span', { class: 'aw-step-count', text: `× ${count}` }),
    el('span', { class: 'aw-step-time', text: `+${duration(atMs)}` }),
  );
  step.disabled = node === null;
  step.addEventListener('mouseenter', () => light([nodeId]));
  step.addEventListener('focus', () => light([nodeId]));
  step.addEventListener('blur', () => lightsOut());
  return el(
    'li',
    {},
    step,
    error !== undefined && el('div', { class: 'aw-error', text: said(error) }),
    dropped !== undefined &&
      el('div', { class: 'aw-dropped', text: `${t('attempts.dropped')} ${said(dropped)}` }),
  );
}

import { button, el } from './dom';
import { REDACTED, type EventDetail } from './event-data';
import { lineDiff } from './line-diff';
import { t } from './red-editor';

export interface ReplayEditOptions {
  readonly onReplay: (edit: EditedRequest) => void;
  readonly onCancel: () => void;
}

export interface EditedRequest {
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string | null>>;
}

/** Unchanged lines that are shown around a change. */
const CONTEXT = 3;
const LAID_OUT = 200_000;
const DEEPEST = 100;

/** The form in which body and headers are changed before a replay, with what changes below it. */
export class ReplayEdit {
  readonly element: HTMLElement;
  readonly #event: EventDetail;
  readonly #body = el('textarea', { class: 'aw-edit', label: t('edit.body') });
  readonly #headers = el('textarea', { class: 'aw-edit', label: t('edit.headers') });
  readonly #diff = el('pre', { class: 'aw-diff', label: t('edit.diff') });
  readonly #problem = el('p', { class: 'aw-problem', role: 'alert', hidden: true });
  readonly #replay: HTMLButtonElement;
  readonly #before: { readonly body: string; readonly headers: string };

  constructor(event: EventDetail, { onReplay, onCancel }: ReplayEditOptions) {
    this.#event = event;
    this.#before = {
      body: editable(event.bodyText ?? ''),
      headers: headerLines(event.request.headers),
    };
    this.#body.value = this.#before.body;
    this.#body.rows = 8;
    this.#body.disabled = event.bodyText === null;
    this.#headers.value = this.#before.headers;
    this.#headers.rows = 5;
    this.#replay = button(
      t('edit.replay'),
      () => {
        const edit = this.#edit();
        if (edit !== null) onReplay(edit);
      },
      { icon: 'fa-repeat', primary: true },
    );
    this.element = el(
      'div',
      { class: 'aw-panel', role: 'group', label: t('edit.label') },
      el('label', { text: t('edit.body') }),
      event.bodyText === null && el('p', { class: 'aw-hint', text: t('edit.binary') }),
      this.#body,
      el('label', { text: t('edit.headers') }),
      this.#headers,
      el('label', { text: t('edit.diff') }),
      this.#diff,
      this.#problem,
      el('div', { class: 'aw-actions' }, this.#replay, button(t('edit.cancel'), onCancel)),
      el('p', { class: 'aw-hint', text: t('edit.hint') }),
    );
    for (const area of [this.#body, this.#headers]) {
      area.spellcheck = false;
      area.addEventListener('input', () => this.#show());
      area.addEventListener('keydown', (pressed) => pressed.stopPropagation());
    }
    this.#show();
  }

  focus(): void {
    (this.#body.disabled ? this.#headers : this.#body).focus();
  }

  #show(): void {
    const body = bodyDiff(this.#before.body, this.#body.value);
    const headers = lineDiff(this.#before.headers, this.#headers.value);
    const lines = [...shortened(headers), ...shortened(body)];
    this.#diff.replaceChildren(
      ...(lines.length === 0
        ? [el('span', { class: 'aw-hint', text: t('edit.nothing') })]
        : lines.map(({ kind, text }) =>
            el('div', { class: `aw-diff-${kind}`, text: SIGN[kind] + text }),
          )),
    );
    const edit = this.#edit();
    this.#replay.disabled = edit === null || Object.keys(edit).length === 0;
  }

  /** Null: a line is no header. */
  #edit(): EditedRequest | null {
    const isBodyChanged = this.#body.value !== this.#before.body;
    const headers = readHeaderLines(this.#headers.value);
    this.#problem.hidden = headers !== null;
    if (headers === null) {
      this.#problem.textContent = t('edit.badHeader');
      return null;
    }
    const changed = changedHeaders(this.#event.request.headers, headers);
    return {
      ...(isBodyChanged ? { body: this.#body.value } : {}),
      ...(Object.keys(changed).length === 0 ? {} : { headers: changed }),
    };
  }
}

const SIGN = { same: '  ', added: '+ ', removed: '- ' } as const;

/** JSON on one line is compared in its readable form. */
function bodyDiff(before: string, after: string): ReturnType<typeof lineDiff> {
  const [a, b] = [readable(before), readable(after)];
  return a !== null && b !== null && a !== b ? lineDiff(a, b) : lineDiff(before, after);
}

/** JSON of a size that can be edited is laid out for it; only the layout changes. */
function editable(text: string): string {
  return /^\s*[[{]/.test(text) ? (readable(text) ?? text) : text;
}

function readable(text: string): string | null {
  if (text.length > LAID_OUT || isDeep(text)) return null;
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return null;
  }
}

function shortened(lines: ReturnType<typeof lineDiff>): ReturnType<typeof lineDiff> {
  const isNear = (at: number): boolean =>
    lines.slice(Math.max(0, at - CONTEXT), at + CONTEXT + 1).some(({ kind }) => kind !== 'same');
  return lines.filter((_, at) => isNear(at));
}

function headerLines(headers: Readonly<Record<string, string>>): string {
  return Object.entries(headers)
    .filter(([, value]) => value !== REDACTED)
    .map(([name, value]) => `${name}: ${value}`)
    .join('\n');
}

function readHeaderLines(text: string): Record<string, string> | null {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  const pairs = lines.map((line) => /^([^:\s]+):\s*(.*?)\s*$/.exec(line));
  if (pairs.some((pair) => pair === null)) return null;
  return Object.fromEntries(
    pairs.map((pair) => [(pair?.[1] ?? '').toLowerCase(), pair?.[2] ?? '']),
  );
}

/** Its readable form has two spaces more for each level, on each line: a few kilobytes would become megabytes. */
function isDeep(text: string): boolean {
  let depth = 0;
  for (const char of text) {
    if (char === '[' || char === '{') depth++;
    else if (char === ']' || char === '}') depth--;
    if (depth > DEEPEST) return true;
  }
  return false;
}

/** Null: without this one. Those that were redacted stay as they are. */
function changedHeaders(
  before: Readonly<Record<string, string>>,
  after: Readonly<Record<string, string>>,
): Record<string, string | null> {
  const removed = Object.entries(before)
    .filter(([name, value]) => value !== REDACTED && !Object.hasOwn(after, name))
    .map(([name]) => [name, null] as const);
  const set = Object.entries(after).filter(([name, value]) => before[name]?.trim() !== value);
  return Object.fromEntries([...set, ...removed]);
}

import { apiPost } from '../../shared/editor/admin-api';
import { askTwice } from './ask-twice';
import { curlCommand } from './curl';
import { button, el } from './dom';
import { parsedBody, type EventDetail } from './event-data';
import { placeInjectNode } from './place-inject-node';
import { problemText } from './problem-text';
import { endpointBase, RED, t } from './red-editor';
import { ReplayEdit } from './replay-edit';
import { saveFile } from './save-file';

export interface EventActionsOptions {
  readonly onReplayed: (newEventId: string) => void;
  readonly onChanged: () => void;
}

/** Statuses in which an event waits, and can be given up. */
const WAITING: readonly string[] = ['pending', 'retrying'];

/** What can be done with one event, and what came of it. */
export class EventActions {
  readonly element: HTMLElement;
  readonly #event: EventDetail;
  readonly #options: EventActionsOptions;
  readonly #said = el('p', { class: 'aw-said', role: 'status' });
  readonly #tool = el('div');
  readonly #discard: HTMLElement;

  constructor(event: EventDetail, options: EventActionsOptions) {
    this.#event = event;
    this.#options = options;
    this.#discard = askTwice(
      t('action.discard'),
      t('action.discardSure'),
      () => this.#call(`/events/${event.id}/discard`, 'action.discarded', options.onChanged),
      (ask) => compact('action.discard', 'fa-ban', ask),
    );
    const edit = button(t('action.editShort'), () => this.#edit(), {
      icon: 'fa-pencil',
      title: t('action.edit'),
    });
    edit.setAttribute('aria-label', t('action.edit'));
    const copy = compact('action.curl', 'fa-terminal', () => this.#copy(copy));
    this.element = el(
      'div',
      { class: 'aw-event-actions' },
      el(
        'div',
        { class: 'aw-actions' },
        button(t('action.replay'), () => void this.#replay({}), {
          icon: 'fa-repeat',
          primary: true,
        }),
        edit,
        this.#discard,
        copy,
        compact('action.export', 'fa-download', () => this.#export()),
        compact('action.inject', 'fa-plus-square-o', () => this.#inject()),
      ),
      this.#said,
      this.#tool,
    );
    this.update(event);
  }

  update({ status }: EventDetail): void {
    this.#discard.hidden = !WAITING.includes(status);
  }

  async #replay(edit: object): Promise<void> {
    try {
      const { eventId } = await apiPost<{ eventId: string }>(
        `/events/${this.#event.id}/replay`,
        edit,
      );
      this.#tool.replaceChildren();
      const open = button(t('action.openNew'), () => this.#options.onReplayed(eventId));
      open.classList.add('aw-link');
      this.#said.replaceChildren(t('action.replayed'), ' ', open);
    } catch (thrown) {
      this.#failed(thrown);
    }
  }

  #call(path: string, said: string, then: () => void): void {
    apiPost(path).then(
      () => {
        this.#said.textContent = t(said);
        then();
      },
      (thrown: unknown) => this.#failed(thrown),
    );
  }

  #failed(thrown: unknown): void {
    this.#said.replaceChildren(el('span', { class: 'aw-problem', text: problemText(thrown) }));
  }

  #edit(): void {
    if (this.#tool.firstChild !== null) return this.#tool.replaceChildren();
    const edit = new ReplayEdit(this.#event, {
      onReplay: (changes) => void this.#replay(changes),
      onCancel: () => this.#tool.replaceChildren(),
    });
    this.#tool.replaceChildren(edit.element);
    edit.focus();
  }

  #copy(at: HTMLElement): void {
    const command = curlCommand(this.#event, endpointBase(this.#event.endpoint));
    RED.clipboard.copyText(command, $(at), t('copied'));
    this.#said.textContent = t('action.curlCopied');
  }

  #export(): void {
    saveFile(`webhook-${this.#event.id}.json`, JSON.stringify(this.#event, null, 2));
  }

  #inject(): void {
    placeInjectNode(this.#event, parsedBody(this.#event));
    this.#said.textContent = t('action.injected');
  }
}

/** Where there is little room, only its picture is seen. */
function compact(key: string, icon: string, act: () => void): HTMLButtonElement {
  const made = button(t(key), act, { icon, title: t(`${key}Title`) });
  made.classList.add('aw-compact');
  made.setAttribute('aria-label', t(key));
  return made;
}

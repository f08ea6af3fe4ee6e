import { RED } from './red';

/** What tells the sidebar to show an event; its value is the event's id. */
export const SHOW_EVENT = 'apilinker-webhooks:show-event';

/** Shows a stored event in the sidebar, beside the dialog that is open. */
export function showEvent(id: string): void {
  RED.events.emit(SHOW_EVENT, id);
}

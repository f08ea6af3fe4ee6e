import { listenerOf } from '../../../src/events/event';
import { serverOf } from '../../shared/editor/endpoint-server';
import { RED as shared } from '../../shared/editor/red';

/** A node on the canvas, as far as the trail lights it up. */
export interface CanvasNode {
  readonly id: string;
  readonly type: string;
  readonly name?: string;
  readonly z?: string;
  readonly status?: { readonly fill?: string; readonly text?: string };
  highlighted?: boolean;
  dirty?: boolean;
}

/** The part of Node-RED's editor that the sidebar uses, typed. */
interface SidebarEditor {
  readonly plugins: { registerPlugin(id: string, definition: object): void };
  readonly sidebar: {
    addTab(options: Record<string, unknown>): void;
    show(id: string): void;
  };
  readonly comms: {
    subscribe(topic: string, callback: (topic: string, data: unknown) => void): void;
    on(event: 'connect', callback: () => void): void;
  };
  readonly actions: { add(name: string, handler: () => void, options?: object): void };
  readonly events: { on(name: string, handler: (value: unknown) => void): void };
  readonly nodes: {
    node(id: string): CanvasNode | null;
    filterNodes(filter: { type?: string }): CanvasNode[];
  };
  readonly view: {
    reveal(id: string): void;
    redraw(): void;
    scale(): number;
    importNodes(nodes: readonly object[], options: Record<string, unknown>): void;
  };
  readonly utils: { createObjectElement(value: unknown, options?: object): JQuery };
  readonly clipboard: { copyText(text: string, element?: JQuery, message?: string): boolean };
  _(key: string, values?: Record<string, string | number>): string;
}

export const RED = shared as unknown as SidebarEditor;

const CATALOGUE = '@apilinker/node-red-webhooks/webhooks-sidebar:';

/**
 * A text of the locale file. Only numbers and words of ours go into it: what stands in a value could name
 * another text.
 */
export function t(key: string, values?: Record<string, string | number>): string {
  return RED._(CATALOGUE + key, values);
}

/** Where an endpoint is, by the key of its events, as seen from this browser: without a slash at the end. */
export function endpointBase(endpoint: string): string {
  const { origin, root } = serverOf(listenerOf(endpoint));
  return origin + root;
}

/**
 * The part of Node-RED's editor that our dialogs use, typed. `@types/node-red__editor-client` demands
 * a full set of definitions for each node; a dialog names only what it has.
 */

/** A node as its dialog sees it: the saved fields, and the functions that Node-RED adds. */
export interface EditedNode {
  id: string;
  type: string;
  name?: string;
  _(key: string, values?: Record<string, unknown>): string;
  // The fields are declared in the node's config file; a dialog reads them by name.
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  [field: string]: any;
}

export interface NodeDefinition {
  category: string;
  color?: string;
  defaults: Record<string, unknown>;
  credentials?: Record<string, { type: 'text' | 'password' }>;
  inputs?: number;
  outputs?: number;
  icon?: string;
  align?: 'left' | 'right';
  paletteLabel?: string;
  label?: string | ((this: EditedNode) => string);
  labelStyle?: string | ((this: EditedNode) => string);
  inputLabels?: string | ((this: EditedNode, index: number) => string | undefined);
  outputLabels?: string[] | ((this: EditedNode, index: number) => string | undefined);
  oneditprepare?(this: EditedNode): void;
  oneditsave?(this: EditedNode): void;
  oneditcancel?(this: EditedNode): void;
  oneditresize?(this: EditedNode, size: { width: number; height: number }): void;
  onadd?(this: EditedNode): void;
}

interface EditorRuntime {
  nodes: {
    registerType(type: string, definition: NodeDefinition): void;
    node(id: string): EditedNode | null;
    eachConfig(callback: (node: EditedNode) => unknown): void;
    filterNodes(filter: { type: string }): EditedNode[];
    getType(type: string): NodeDefinition | undefined;
    getNodeLinks(id: string): unknown[];
    getAllUpstreamNodes(node: EditedNode): EditedNode[];
  };
  view: {
    select(selection: { nodes: EditedNode[] }): void;
    importNodes(nodes: readonly object[], options: Record<string, boolean>): void;
  };
  actions: { invoke(name: string): void };
  events: { emit(name: string, ...values: unknown[]): void };
  user: { hasPermission(permission: string): boolean };
  settings: { httpNodeRoot?: string; [key: string]: unknown };
  notify(text: string, options?: string | { type: string }): void;
  tabs: {
    create(options: Record<string, unknown>): {
      addTab(tab: object): void;
      activateTab(id: string): void;
    };
  };
  clipboard: { copyText(text: string, element?: JQuery, message?: string): boolean };
  _(key: string, values?: Record<string, unknown>): string;
}

declare global {
  /** Of jQuery UI. */
  interface JQuery {
    dialog(options: string | Record<string, unknown>): JQuery;
  }
  interface Window {
    RED: EditorRuntime;
  }
}

export const RED: EditorRuntime = window.RED;

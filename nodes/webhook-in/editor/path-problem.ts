import { parsePattern, patternProblem, type PathPattern } from '../../../src/ingest/path-pattern';
import { reservedPathProblem } from '../../../src/ingest/reserved-paths';
import { RED, type EditedNode } from '../../shared/editor/red';
import { said } from '../../shared/editor/said';
import { nameOf } from '../webhook-in.config';
import { readMethodBoxes } from './method-boxes';
import type { Translate } from './provider-select';

/** Says as the path is typed why it can't be used, or who has it already. */
export function bindPathProblem(node: EditedNode, translate: Translate): void {
  const shown = $('#webhook-in-path-problem');
  const show = (): void => {
    const path = String($('#node-input-path').val() ?? '').trim();
    const problem =
      path === '' ? translate('webhook-in.expected.path') : pathProblem(path, node, translate);
    shown.text(problem).toggle(problem !== '');
  };
  $('#node-input-path').on('input change', show);
  $('#webhook-in-methods, #node-input-listener').on('change', show);
  show();
}

function pathProblem(path: string, node: EditedNode, translate: Translate): string {
  if (/^\$\{[^{}]*\}$/.test(path)) return '';
  const written = patternProblem(path);
  if (written !== undefined) return said(written);
  const pattern = parsePattern(path);
  const methods = readMethodBoxes();
  const listener = chosenListener($('#node-input-listener').val());
  const taken = takenBy({ pattern, methods, listener }, node, translate);
  // What Node-RED has on its own port is not on that of a listener.
  if (listener !== '') return taken ?? '';
  const roots = { admin: adminRoot(), node: nodeRoot() };
  const reserved = reservedPathProblem(pattern, methods, roots);
  if (reserved !== undefined) return said(reserved);
  return taken ?? takenByCore(pattern, methods, translate) ?? '';
}

/** Node-RED's word for none is `_ADD_`. */
function chosenListener(value: unknown): string {
  return typeof value === 'string' && value !== '_ADD_' ? value : '';
}

interface Place {
  readonly pattern: PathPattern;
  readonly methods: readonly string[];
  /** Empty: Node-RED's own server. */
  readonly listener: string;
}

/** The nodes of the editor, deployed or not: a conflict shows before it is one. */
function takenBy(
  { pattern, methods, listener }: Place,
  node: EditedNode,
  translate: Translate,
): string | undefined {
  for (const other of RED.nodes.filterNodes({ type: 'webhook-in' })) {
    const others = Array.isArray(other.methods) ? (other.methods as string[]) : ['POST'];
    const both = methods.find((method) => others.includes(method));
    if (other.id === node.id || other.d === true || both === undefined) continue;
    if (!hasShape(other.path, pattern) || chosenListener(other.listener) !== listener) continue;
    const name = nameOf({ name: other.name ?? '', path: other.path });
    return translate('webhook-in.hint.pathTaken', { name, method: both });
  }
  return undefined;
}

function takenByCore(
  pattern: PathPattern,
  methods: readonly string[],
  translate: Translate,
): string | undefined {
  for (const other of RED.nodes.filterNodes({ type: 'http in' })) {
    const method = String(other.method ?? 'get').toUpperCase();
    const url = String(other.url ?? '');
    if (other.d === true || !methods.includes(method)) continue;
    if (hasShape(url.startsWith('/') ? url : `/${url}`, pattern)) {
      return translate('webhook-in.hint.pathOfCore', { name: other.name || url, method });
    }
  }
  return undefined;
}

function hasShape(path: unknown, { shape }: PathPattern): boolean {
  if (typeof path !== 'string' || patternProblem(path) !== undefined) return false;
  return parsePattern(path).shape === shape;
}

/** The editor is served at the root of the admin API. */
function adminRoot(): string {
  return window.location.pathname.replace(/[^/]*$/, '');
}

function nodeRoot(): string {
  return RED.settings.httpNodeRoot ?? '/';
}

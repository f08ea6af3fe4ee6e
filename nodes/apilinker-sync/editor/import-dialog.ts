import { importConfig, type ImportedConfig } from '../../../src/sync/import/import-config';
import { flowOf, type FlowNode } from '../../../src/sync/import/import-flow';
import { errorText } from '../../../src/shared/errors';
import { RED, type EditedNode } from '../../shared/editor/red';
import { said } from '../../shared/editor/said';
import { readYaml, YAML_PROBLEMS, YamlProblem } from './read-yaml';

type Words = (key: string, values?: Record<string, unknown>) => string;

/** The styles of a form go with it: this dialog outlives the form that opens it. */
const CODE = {
  boxSizing: 'border-box',
  width: '100%',
  fontFamily: 'var(--red-ui-monospace-font, monospace)',
  fontSize: '12px',
  whiteSpace: 'pre',
} as const;

/** Opens the dialog that takes an APILinker configuration and makes its nodes. */
export function openImportDialog(node: EditedNode): void {
  const words: Words = (key, values) => node._(`apilinker-sync.import.${key}`, values);
  const dialog = $('<div class="apilinker-import">').appendTo(document.body);
  $('<p>').text(words('intro')).appendTo(dialog);
  const text = $('<textarea rows="12" spellcheck="false" id="apilinker-import-text">')
    .css(CODE)
    .attr({ 'aria-label': words('text'), placeholder: words('placeholder') })
    .appendTo(dialog);
  fileInput(words, text).appendTo(dialog);
  const summary = $('<div class="apilinker-import-summary" role="status">')
    .css({ maxHeight: '38vh', overflow: 'auto' })
    .appendTo(dialog);
  let config: ImportedConfig | null = null;
  const look = (): void => {
    config = read(String(text.val() ?? ''), summary, words);
    const none = config === null;
    okButton().prop('disabled', none).toggleClass('ui-button-disabled ui-state-disabled', none);
  };
  const okButton = (): JQuery => dialog.parent().find('.apilinker-import-ok');
  const close = (): void => {
    dialog.dialog('close');
  };
  text.on('input', look);
  dialog.dialog({
    title: words('title'),
    modal: true,
    // Node-RED's own handler of Escape looks for the parent of what is gone then.
    closeOnEscape: false,
    width: 680,
    position: { my: 'center top', at: 'center top+40', of: window },
    classes: { 'ui-dialog': 'red-ui-editor-dialog' },
    buttons: [
      { text: words('cancel'), click: close },
      {
        text: words('ok'),
        class: 'primary apilinker-import-ok',
        disabled: true,
        click: () => {
          if (config === null) return;
          const nodes = flowOf(config);
          close();
          importNodes(nodes, node);
        },
      },
    ],
    close: () => dialog.dialog('destroy').remove(),
  });
  dialog.parent().on('keydown', (event) => {
    if (event.key !== 'Escape') return;
    event.stopPropagation();
    close();
  });
}

function fileInput(words: Words, text: JQuery): JQuery {
  const input = $('<input type="file" accept=".yaml,.yml,.json">').attr(
    'aria-label',
    words('file'),
  );
  return input.on('change', () => {
    const file = (input.get(0) as HTMLInputElement).files?.[0];
    void file?.text().then((content) => text.val(content).trigger('input'));
  });
}

/** Shows what a text becomes, or why it cannot be read; null where there is nothing to import. */
function read(text: string, summary: JQuery, words: Words): ImportedConfig | null {
  summary.empty();
  if (text.trim() === '') return null;
  let config: ImportedConfig;
  try {
    config = importConfig(readYaml(text));
  } catch (thrown) {
    problem(summary, reasonOf(thrown, words));
    return null;
  }
  const nodes = flowOf(config);
  if (nodes.length === 0) {
    problem(summary, words('nothing'));
    return null;
  }
  $('<p>').text(words('makes')).appendTo(summary);
  const list = $('<ul>').appendTo(summary);
  for (const node of nodes) $('<li>').text(describe(node, words)).appendTo(list);
  showNotes(config, summary, words);
  return config;
}

function reasonOf(thrown: unknown, words: Words): string {
  if (!(thrown instanceof YamlProblem)) return said(errorText(thrown));
  const { code, line } = thrown;
  const known = YAML_PROBLEMS.find((each) => each === code);
  const problem = words(`yaml.${known ?? 'other'}`);
  return line === null ? problem : words('yamlAt', { line: String(line), problem });
}

function problem(summary: JQuery, text: string): void {
  $('<p class="apilinker-import-problem">')
    .css('color', 'var(--webhooks-bad, #b3261e)')
    .text(text)
    .appendTo(summary);
}

/** The kind of a node, and its name: never a credential. */
function describe(node: FlowNode, words: Words): string {
  const secrets = Object.keys(node.credentials ?? {}).length;
  const named = [node['baseUrl'], node['path'], node['targetEndpoint']].find(
    (each) => typeof each === 'string' && each !== '',
  );
  const name = typeof named === 'string' ? ` ${named}` : '';
  const more = secrets === 0 ? '' : ` (${words('secrets', { count: String(secrets) })})`;
  return `${node.type.replace('-', ' ')}${name}${more}`;
}

function showNotes({ notes }: ImportedConfig, summary: JQuery, words: Words): void {
  if (notes.length === 0) return;
  $('<p>').text(words('notes')).appendTo(summary);
  const list = $('<ul class="apilinker-import-notes">').appendTo(summary);
  for (const { code, where } of notes) {
    const item = $('<li>').appendTo(list);
    $('<code>').text(where).appendTo(item);
    item.append(document.createTextNode(` ${words(`note.${code}`)}`));
  }
}

/** Puts the nodes on the canvas; the sync whose dialog was open goes, if nothing was made of it. */
function importNodes(nodes: readonly FlowNode[], opener: EditedNode): void {
  const unused = opener.target === '' && RED.nodes.getNodeLinks(opener.id).length === 0;
  if (unused && RED.nodes.node(opener.id) !== null) {
    RED.view.select({ nodes: [opener] });
    RED.actions.invoke('core:delete-selection');
  }
  RED.view.importNodes(nodes.map(withDefaults), { generateIds: true, touchImport: true });
}

function withDefaults(node: FlowNode): FlowNode {
  const defaults = Object.entries(RED.nodes.getType(node.type)?.defaults ?? {});
  const values = defaults.map(([name, field]) => [
    name,
    structuredClone((field as { value?: unknown }).value),
  ]);
  return { ...(Object.fromEntries(values) as object), ...node };
}

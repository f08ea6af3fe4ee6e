import { METHODS, type Endpoint } from '../../../src/sync/endpoint';
import { keyboardList } from '../../shared/editor/keyboard-list';
import { listItems } from '../../shared/editor/list-items';
import type { Translate } from '../../shared/editor/translate';
import { fillMore, usesMore, type EndpointParts } from './endpoint-more';

/** As the form holds it: what is not filled in is not saved, and may be left out in a flow file. */
type SavedEndpoint = Pick<Endpoint, 'name' | 'path'> & Partial<Endpoint>;

interface Item {
  endpoint?: SavedEndpoint;
  read?: () => SavedEndpoint;
}

const NEW_ENDPOINT: SavedEndpoint = { name: '', path: '', method: 'auto' };

/** Turns a list element into the editor of endpoints; returns the function that reads it. */
export function createEndpointList(
  list: JQuery,
  endpoints: readonly SavedEndpoint[],
  translate: Translate,
): () => SavedEndpoint[] {
  list.editableList({
    addButton: translate('apilinker-connection.action.addEndpoint'),
    height: 'auto',
    sortable: true,
    removable: true,
    addItem(container: JQuery, _index: number, item: Item) {
      item.read = fillEndpoint(container, item.endpoint ?? NEW_ENDPOINT, translate);
    },
  });
  keyboardList(list);
  for (const endpoint of endpoints) list.editableList('addItem', { endpoint });
  return () => listItems<Item>(list).flatMap(({ read }) => (read === undefined ? [] : [read()]));
}

function fillEndpoint(
  container: JQuery,
  endpoint: SavedEndpoint,
  translate: Translate,
): () => SavedEndpoint {
  const row = $('<div class="apilinker-endpoint">').appendTo(container);
  const name = textInput('name', endpoint.name, translate).appendTo(row);
  const method = methodSelect(endpoint.method ?? 'auto', translate).appendTo(row);
  const path = textInput('path', endpoint.path, translate).appendTo(row);
  const readMore = fillDetails(row, endpoint, translate);
  return () => ({
    name: trimmed(name),
    path: trimmed(path),
    method: method.val() as Endpoint['method'],
    ...readMore(),
  });
}

function textInput(field: 'name' | 'path', value: string, translate: Translate): JQuery {
  return $('<input type="text">')
    .addClass(`apilinker-endpoint-${field}`)
    .attr('aria-label', translate(`apilinker-connection.label.endpoint.${field}`))
    .attr('placeholder', translate(`apilinker-connection.placeholder.endpoint.${field}`))
    .val(value);
}

function methodSelect(chosen: string, translate: Translate): JQuery {
  const select = $('<select class="apilinker-endpoint-method">').attr(
    'aria-label',
    translate('apilinker-connection.label.endpoint.method'),
  );
  for (const method of METHODS) {
    const auto = method === 'auto';
    const text = auto ? translate('apilinker-connection.option.method.auto') : method;
    $('<option>').val(method).text(text).appendTo(select);
  }
  return select.val(chosen.toLowerCase() === 'auto' ? 'auto' : chosen.toUpperCase());
}

/** The button comes with the row, the inputs behind it; open where one of them is filled in. */
function fillDetails(
  row: JQuery,
  endpoint: SavedEndpoint,
  translate: Translate,
): () => EndpointParts {
  const used = usesMore(endpoint);
  const button = $('<button type="button" class="red-ui-button red-ui-button-small">')
    .attr('aria-expanded', String(used))
    .attr('title', translate('apilinker-connection.action.more'))
    .append($('<i class="fa fa-ellipsis-h">'))
    .appendTo(row);
  const more = $('<div class="apilinker-endpoint-more">').prop('hidden', !used).appendTo(row);
  button.on('click', () => {
    const hidden = !(more.prop('hidden') as boolean);
    more.prop('hidden', hidden);
    button.attr('aria-expanded', String(!hidden));
  });
  return fillMore(more, endpoint, translate);
}

function trimmed(input: JQuery): string {
  return String(input.val() ?? '').trim();
}

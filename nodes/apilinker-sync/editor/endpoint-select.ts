import { isRecord } from '../../../src/shared/json';
import { RED } from '../../shared/editor/red';

/**
 * Keeps a select filled with the endpoints of the connection that is chosen in another one. A name that
 * the connection does not have stays, so that opening the dialog changes nothing.
 */
export function fillEndpoints(select: JQuery, connection: JQuery, chosen: string): void {
  let current = chosen;
  const fill = (): void => {
    const names = endpointNames(String(connection.val() ?? ''));
    const offered = current === '' || names.includes(current) ? names : [...names, current];
    select.empty();
    if (current === '' && names.length !== 1) $('<option>').val('').text('').appendTo(select);
    for (const name of offered) $('<option>').val(name).text(name).appendTo(select);
    select.val(current === '' && names.length === 1 ? (names[0] ?? '') : current);
  };
  select.on('change', () => {
    current = String(select.val() ?? '');
  });
  connection.on('change', fill);
  fill();
}

function endpointNames(connectionId: string): string[] {
  const endpoints: unknown = RED.nodes.node(connectionId)?.endpoints;
  if (!Array.isArray(endpoints)) return [];
  return endpoints.flatMap((endpoint: unknown) =>
    isRecord(endpoint) && typeof endpoint.name === 'string' ? [endpoint.name] : [],
  );
}

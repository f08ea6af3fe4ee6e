import { setOwnValue } from './mapping/own-keys';
import { parseReadPath, readPath } from './mapping/path';
import type { Params } from './endpoint';
import type { NameValue } from './headers';
import { SyncError } from './sync-error';

const TEMPLATE = /\{\{\s*([^{}]+?)\s*\}\}/g;
const WHOLE_TEMPLATE = /^\{\{\s*([^{}]+?)\s*\}\}$/;

/**
 * Parameters whose values name parts of a message: `{{payload.id}}` alone becomes that value, within a
 * text its text. Paths see own keys only. Throws a SyncError (VALIDATION) where one is missing: a filter
 * that is silently left out would fetch or change too much.
 */
export function fillParams(templates: readonly NameValue[], message: object): Params {
  const params = {};
  for (const { name, value } of templates) setOwnValue(params, name, fill(name, value, message));
  return params;
}

function fill(name: string, template: string, message: object): unknown {
  const find = (path: string): unknown => {
    const value = readPath(message, parseReadPath(path));
    if (value !== null) return value;
    throw new SyncError(`The parameter \`${name}\` needs \`msg.${path}\`, which is missing.`, {
      category: 'VALIDATION',
    });
  };
  const whole = WHOLE_TEMPLATE.exec(template)?.[1];
  if (whole !== undefined) return find(whole);
  return template.replace(TEMPLATE, (_, path: string) => {
    const value = find(path);
    return typeof value === 'string' ? value : JSON.stringify(value);
  });
}

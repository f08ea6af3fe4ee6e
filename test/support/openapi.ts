import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020';

const document = JSON.parse(readFileSync('docs/openapi.json', 'utf8')) as {
  paths: Record<string, Record<string, object>>;
};
const ajv = new Ajv2020({ strict: false, allErrors: true, formats: { 'date-time': true } });
ajv.addSchema(document, 'openapi');

/** Fails unless docs/openapi.json describes this answer of the admin API; the path stands below its root. */
export function assertDocumented(
  method: string,
  path: string,
  status: number,
  answer: unknown,
): void {
  const [plain = ''] = path.split('?');
  const template = templateOf(plain);
  const operation = `#/paths/${pointer(template)}/${method.toLowerCase()}`;
  const schema =
    status === 200
      ? `${operation}/responses/200/content/application~1json/schema`
      : '#/components/schemas/Error';
  const validate = ajv.getSchema(`openapi${schema}`);
  assert.ok(validate !== undefined, `${method} ${template} is not documented`);
  assert.ok(validate(answer), `${method} ${path}: ${ajv.errorsText(validate.errors)}`);
}

/** The same for an answer of the server, JSON or, where that is documented, another text. */
export async function assertAnswerDocumented(
  method: string,
  path: string,
  answer: Response,
): Promise<void> {
  const [type = ''] = (answer.headers.get('content-type') ?? '').split(';');
  if (type === 'application/json') {
    assertDocumented(method, path, answer.status, await answer.json());
    return;
  }
  const operation = document.paths[templateOf(path)]?.[method.toLowerCase()] as
    { responses: Record<string, { content?: Record<string, object> }> } | undefined;
  const documented = Object.keys(operation?.responses[answer.status]?.content ?? {});
  assert.ok(documented.includes(type), `${method} ${path}: ${answer.status} ${type}`);
}

function templateOf(path: string): string {
  if (path in document.paths) return path;
  const found = Object.keys(document.paths).find((each) =>
    new RegExp(`^${each.replace(/\{\w+\}/g, '[^/]+')}$`).test(path),
  );
  return found ?? path;
}

function pointer(path: string): string {
  return encodeURIComponent(path.replaceAll('~', '~0').replaceAll('/', '~1'));
}

export interface Operation {
  readonly method: string;
  /** With parameters in braces. */
  readonly path: string;
  readonly permission: string;
}

/** All that is documented. */
export const OPERATIONS: readonly Operation[] = Object.entries(document.paths).flatMap(
  ([path, operations]) =>
    Object.entries(operations).map(([method, operation]) => ({
      ...{ method: method.toUpperCase(), path },
      permission: (operation as { 'x-permission': string })['x-permission'],
    })),
);

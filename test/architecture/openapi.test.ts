import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import register from '../../nodes/webhooks-runtime/webhooks-runtime';

interface Operation {
  readonly 'x-permission': string;
  readonly security: readonly Record<string, readonly string[]>[];
  readonly parameters?: readonly { readonly name: string; readonly in: string }[];
  readonly responses: Readonly<Record<string, object>>;
}

const document = JSON.parse(readFileSync('docs/openapi.json', 'utf8')) as {
  paths: Record<string, Record<string, Operation>>;
};
const documented = Object.entries(document.paths).flatMap(([path, operations]) =>
  Object.entries(operations).map(([method, operation]) => ({ path, method, operation })),
);

/** Stands for everything of Node-RED that the plugin asks for while it loads. */
const anything: any = new Proxy(() => undefined, {
  get: (_target, key) => (key === Symbol.toPrimitive ? () => '' : anything),
  apply: () => anything,
});

/** The routes that the plugin mounts, in order. */
function mounted(): { method: string; path: string; permission: string }[] {
  const routes: { method: string; path: string; permission: string }[] = [];
  const problems: string[] = [];
  const mount = (method: string) => (path: string, permission: string) =>
    routes.push({ method, path, permission });
  const RED = new Proxy(
    {
      httpAdmin: { get: mount('get'), post: mount('post'), delete: mount('delete') },
      auth: { needsPermission: (permission: string) => permission },
      events: { on: () => undefined, off: () => undefined },
      settings: {},
      log: { ...anything, error: (text: string) => problems.push(text) },
    },
    { get: (own, key) => (Reflect.has(own, key) ? Reflect.get(own, key) : anything) },
  );
  register(RED as never);
  assert.deepEqual(problems, []);
  return routes;
}

test('docs/openapi.json has the routes that there are, with their permissions, and no others', () => {
  const routes = mounted().map(({ method, path, permission }) => {
    const own = path.replace('/apilinker-webhooks', '').replace(/:(\w+)/g, '{$1}');
    return `${method} ${own} ${permission}`;
  });
  assert.ok(routes.length > 15);
  const described = documented.map(
    ({ method, path, operation }) => `${method} ${path} ${operation['x-permission']}`,
  );
  assert.deepEqual(described.sort(), routes.sort());
});

test('a fixed path is mounted before one with a parameter that would take it', () => {
  const seen: RegExp[] = [];
  for (const { method, path } of mounted()) {
    const route = `${method} ${path}`;
    assert.ok(!seen.some((earlier) => earlier.test(route)), route);
    if (path.includes(':')) seen.push(new RegExp(`^${route.replace(/:\w+/g, '[^/]+')}$`));
  }
});

test('each operation names its parameters, its refusals and its page bound', () => {
  for (const { method, path, operation } of documented) {
    const where = `${method} ${path}`;
    const { parameters = [], responses } = operation;
    const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
    const named = parameters.filter((each) => each.in === 'path').map(({ name }) => name);
    assert.deepEqual(named, inPath, where);
    assert.deepEqual(operation.security, [{ nodeRed: [operation['x-permission']] }], where);
    assert.ok('401' in responses && '503' in responses, where);
    assert.equal('403' in responses, operation['x-permission'] === 'webhooks.write', where);
  }
});

test('docs/API.md names each of them with its permission', () => {
  const words = readFileSync('docs/API.md', 'utf8').replace(/ +/g, ' ');
  for (const { method, path, operation } of documented) {
    const line = `| \`${method.toUpperCase()} ${path.replace(/\{(\w+)\}/g, ':$1')}\` |`;
    assert.ok(words.includes(line), line);
    if (method === 'get')
      assert.ok(words.includes(`${line} \`${operation['x-permission']}\` |`), line);
  }
});

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { endpointKey, listenerOf } from '../../../src/events/event';
import { curlCommand } from '../../../nodes/webhooks-sidebar/editor/curl';
import type { EventDetailDto } from '../../../src/history/dto';
import { anEventDetail } from './event-fixture';

const BASE = 'http://localhost:1880';

/** What a shell passes to `curl`, and what to its standard input. */
function run(command: string): { args: string[]; input: string } {
  const folder = mkdtempSync(join(tmpdir(), 'curl-'));
  try {
    const script =
      '#!/bin/sh\nprintf "%s\\0" "$@" >&2\nfor a; do [ "$a" = @- ] && cat; done; true\n';
    writeFileSync(join(folder, 'curl'), script, { mode: 0o755 });
    const ran = execFileSync('sh', ['-c', `{ ${command}\n} 2>"$0/args"; cat "$0/args"`, folder], {
      env: { ...process.env, PATH: `${folder}:${process.env.PATH ?? ''}` },
    });
    const output = ran.toString();
    const from = output.indexOf('--globoff');
    return { args: output.slice(from).split('\0').slice(0, -1), input: output.slice(0, from) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const withRequest = (change: Partial<EventDetailDto['request']>): EventDetailDto['request'] => ({
  ...anEventDetail().request,
  ...change,
});

test('method, URL, headers and body; what is redacted or curl sets itself is left out', () => {
  const headers = {
    ...{ host: 'example.com', 'content-length': '7', 'content-type': 'application/json' },
    ...{ authorization: '[redacted]', 'x-a': 'b' },
  };
  const { args } = run(curlCommand(anEventDetail({ request: withRequest({ headers }) }), BASE));
  assert.deepEqual(args, [
    ...['--globoff', '--request', 'POST', 'http://localhost:1880/hooks/a?x=1'],
    ...['--header', 'content-type: application/json', '--header', 'x-a: b'],
    ...['--data-raw', '{"n":1}'],
  ]);
});

test('nothing of a hostile request becomes a command, an option or a file', () => {
  const evil = `'; touch pwned; $(touch pwned) \`touch pwned\` "\\'`;
  const event = anEventDetail({
    bodyText: `@/etc/passwd ${evil}\n${evil}`,
    request: withRequest({
      url: `/hooks/a?q=${evil}[1-9]{a,b}`,
      headers: { 'x-a': `${evil}\r\n@b` },
    }),
  });
  const { args } = run(curlCommand(event, BASE));
  assert.equal(args[3], `${BASE}/hooks/a?q=${evil}[1-9]{a,b}`);
  assert.equal(args[5], `x-a: ${evil} @b`);
  assert.deepEqual(args.slice(6), ['--data-raw', event.bodyText]);
});

test('bytes that are no text go through base64; no body, no option', () => {
  const bytes = { bodyText: null, bodyBase64: 'AP8B', bodyBytes: 3 };
  const { args, input } = run(curlCommand(anEventDetail(bytes), BASE));
  assert.deepEqual(args.slice(-2), ['--data-binary', '@-']);
  assert.ok(input.includes('\u0001'), 'decoded');
  assert.doesNotMatch(curlCommand(anEventDetail({ bodyText: '', bodyBytes: 0 }), BASE), /data/);
});

test('the key of an endpoint names its listener, whose address the command takes', () => {
  for (const listener of ['', '1f3a.9', 'port:8000'])
    for (const path of ['/', '/hooks/:shop', '/a:/b'])
      assert.equal(listenerOf(endpointKey(listener, path)), listener, `${listener} ${path}`);
});

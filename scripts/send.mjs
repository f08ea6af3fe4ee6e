// Sends a webhook as its provider would: npm run send -- github|stripe [options], see USAGE.
import { parseArgs } from 'node:util';
import { HOST, PORT, PROVIDERS } from './demo.mjs';
import { BUILDERS } from './payloads.mjs';

const USAGE = `npm run send -- <${Object.keys(PROVIDERS).join('|')}> [options]

  --event <name>   another event of that provider (github: push, issues, ...; stripe: any type)
  --tamper         change one byte after signing: the request must be refused
  --url <url>      where to send it (default: the endpoint of the example that npm start deploys)
  --secret <text>  what to sign it with (default: the secret of that endpoint)`;

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  console.error(error.message);
  process.exitCode = 2;
}

async function main(args) {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      event: { type: 'string' },
      tamper: { type: 'boolean', default: false },
      url: { type: 'string' },
      secret: { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  const [name] = positionals;
  const provider = Object.hasOwn(PROVIDERS, name ?? '') ? PROVIDERS[name] : undefined;
  if (values.help || provider === undefined || positionals.length > 1) {
    console.log(USAGE);
    return values.help ? 0 : 2;
  }
  const url = values.url ?? `http://${HOST}:${PORT}${provider.path}`;
  const request = await BUILDERS[name](values.secret ?? provider.secret, values.event);
  if (values.tamper) request.body = tampered(request.body);
  showRequest(url, request, values.tamper);
  const response = await post(url, request);
  if (response === undefined) return 1;
  await showAnswer(url, response, values.tamper);
  return response.ok === !values.tamper ? 0 : 1;
}

/** The same text with one digit or letter in the middle changed. */
function tampered(body) {
  const at = body.slice(body.length / 2).search(/[0-8a-y]/) + Math.ceil(body.length / 2);
  return body.slice(0, at) + String.fromCharCode(body.charCodeAt(at) + 1) + body.slice(at + 1);
}

async function post(url, request) {
  try {
    return await fetch(url, { method: 'POST', ...request, signal: AbortSignal.timeout(30_000) });
  } catch (error) {
    const reason = error.cause?.code ?? error.cause?.message ?? error.message;
    console.error(`\nNothing answers at ${url} (${reason}).`);
    console.error('Start Node-RED with the example first, in another terminal:\n\n    npm start\n');
    return undefined;
  }
}

function showRequest(url, { headers, body }, tamper) {
  console.log(`POST ${url}`);
  for (const [name, value] of Object.entries(headers)) console.log(`  ${name}: ${value}`);
  const note = tamper ? ', one of them changed after signing' : '';
  console.log(`  ${Buffer.byteLength(body)} bytes${note}`);
  console.log(`  ${body.replace(/\s+/g, ' ').slice(0, 100)}...`);
}

async function showAnswer(url, response, tamper) {
  console.log(`\n${response.status} ${response.statusText}`);
  const text = (await response.text()).trim();
  if (text !== '') console.log(`  ${text.slice(0, 500)}`);
  console.log(`\n${nextStep(response, tamper, new URL(url).origin)}`);
}

function nextStep({ ok, status }, tamper, origin) {
  if (tamper && status === 401)
    return 'Refused, as it must be: the bytes are not the ones that were signed. The flow saw nothing.';
  if (tamper) return `Expected 401 for a tampered body, but the answer was ${status}.`;
  if (ok)
    return [
      'Verified, on disk, and on its way through the flow. Now look at:',
      `  ${origin}/  - the debug sidebar of the editor: the demo API refuses each new item twice,`,
      '  so the result comes after two retries (1 s, then 2 s).',
      `  ${origin}/apilinker-webhooks/events?limit=5  - the stored events and their status.`,
    ].join('\n');
  if (status === 401)
    return 'The signature was refused: does --secret match the secret of the endpoint?';
  if (status === 404) return 'No endpoint there: is the flow deployed, and is the path right?';
  return 'The answer says why; the log of Node-RED says more.';
}

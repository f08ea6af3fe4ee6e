#!/usr/bin/env node
/**
 * Copies a history from an SQLite file to a PostgreSQL server: events, attempts, open retry jobs, keys of
 * duplicates, refused requests, what syncs remember. See docs/CLUSTER.md.
 */
import { parseArgs } from 'node:util';
import { errorText } from '../shared/errors';
import { importHistory } from './postgres/import-history';
import { POSTGRES_DEFAULTS } from './postgres/settings';
import { exportHistory } from './sqlite/export-history';

const USAGE = `Usage: WEBHOOKS_DB=postgres://user:password@host/database \\
  copy-webhook-history FILE [--schema ${POSTGRES_DEFAULTS.schema}]

Stop the Node-RED that uses the file first. The schema must not hold a history yet.
`;

async function main(): Promise<number> {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: { schema: { type: 'string', default: POSTGRES_DEFAULTS.schema } },
  });
  const [file] = positionals;
  // Not an argument: others on the machine can read those.
  const connectionString = process.env['WEBHOOKS_DB'] ?? '';
  if (file === undefined || connectionString === '') {
    process.stderr.write(USAGE);
    return 2;
  }
  const { poolSize, leaseMs } = POSTGRES_DEFAULTS;
  const settings = { connectionString, poolSize, leaseMs, schema: values.schema };
  const counts = await importHistory(settings, exportHistory(file));
  for (const [table, count] of counts) process.stdout.write(`${table}: ${count}\n`);
  process.stdout.write('Copied. The file is as it was: keep it, or remove it.\n');
  return 0;
}

main().then(
  (code) => (process.exitCode = code),
  (thrown: unknown) => {
    process.stderr.write(`${errorText(thrown)}\n`);
    process.exitCode = 1;
  },
);

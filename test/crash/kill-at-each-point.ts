import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import test, { after, before, describe } from 'node:test';
import type { NodeRedMajor } from '../support/node-red-process';
import { CrashRun, crashTable, type CrashReport } from './crash-run';
import { FAULT_POINTS, type FaultPoint } from './fault-points';

/** On the older Node-RED: one point of each part of the way. */
const ESSENTIAL: readonly FaultPoint[] = [
  'verified',
  'after sync',
  'answered',
  'in the flow',
  'before park',
  'flows stopped',
];

/** Passed once for several events or jobs: they share a commit. */
const ROUNDS: readonly FaultPoint[] = [
  'before enqueue',
  'after enqueue',
  'before sync',
  'after sync',
  'before reply',
  'job claimed',
];
/** Passed by the events that fail at first. */
const JOBS: readonly FaultPoint[] = [
  'before park',
  'after park',
  'before job end',
  'after job end',
];

/** kill -9 at each point (on the older Node-RED the essential ones) under a load of `count` events. */
export function killAtEachPoint(major: NodeRedMajor, count: number): void {
  const points = major === 5 ? (Object.keys(FAULT_POINTS) as FaultPoint[]) : ESSENTIAL;
  describe(`Node-RED ${major}, killed under a load of ${count} events`, () => {
    let run: CrashRun;
    const reports: CrashReport[] = [];
    before(async () => {
      run = await CrashRun.start(major);
    });
    after(async (t) => {
      await run.dispose();
      for (const line of crashTable(reports))
        (t as { diagnostic(line: string): void }).diagnostic(line);
    });
    for (const point of points) {
      test(`${point}: ${FAULT_POINTS[point]}`, async (t) => {
        const hit = pass(point, count);
        t.diagnostic(`killed at pass ${hit}`);
        const report = await run.crash(point, hit, count);
        reports.push(report);
        assert.equal(report.success, report.sent, 'all have succeeded');
        assert.equal(report.marked, report.twice, 'each second delivery says so');
      });
    }
  });
}

/** At which pass of the point the process dies. */
function pass(point: FaultPoint, count: number): number {
  if (ROUNDS.includes(point)) return randomInt(1, 2 + Math.ceil(count / 100));
  if (JOBS.includes(point)) return randomInt(1, Math.ceil(count / 10));
  return randomInt(Math.ceil(count / 5), Math.ceil(count / 2));
}

import assert from 'node:assert/strict';
import test, { after, before, describe } from 'node:test';
import { CrashRun, crashTable, type CrashReport } from './crash-run';
import { FAULT_POINTS, type FaultPoint } from './fault-points';

const POINTS: readonly FaultPoint[] = ['before sync', 'after sync', 'before reply'];
const COUNT = 100;

describe(`the thread of the store ends under a load of ${COUNT} events, the process lives on`, () => {
  let run: CrashRun;
  const reports: CrashReport[] = [];
  before(async () => {
    run = await CrashRun.start(5);
  });
  after(async (t) => {
    await run.dispose();
    for (const line of crashTable(reports))
      (t as { diagnostic(line: string): void }).diagnostic(line);
  });
  for (const point of POINTS) {
    test(`${point}: ${FAULT_POINTS[point]}`, async () => {
      const report = await run.endThread(point, 2, COUNT);
      reports.push(report);
      assert.equal(report.success, report.sent, 'all have succeeded');
      assert.equal(report.marked, report.twice, 'each second delivery says so');
    });
  }
});

// What the numbers depend on: file system, fsync, CPU time of a process.
import {
  closeSync,
  fdatasyncSync,
  openSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';

/** The file system type under a folder, from the longest mount point above it. */
export function fileSystemOf(folder) {
  const path = `${realpathSync(folder)}/`;
  const mounts = readFileSync('/proc/mounts', 'utf8')
    .trim()
    .split('\n')
    .map((line) => line.split(' '))
    .filter(([, point]) => path.startsWith(point === '/' ? '/' : `${point}/`))
    .sort((a, b) => b[1].length - a[1].length);
  return mounts[0]?.[2] ?? 'unknown';
}

/** Milliseconds of 200 x (append 8 KB + fdatasync) in that folder. */
export function fsyncTimes(folder) {
  const file = join(folder, 'fsync-probe');
  const handle = openSync(file, 'w');
  const block = Buffer.alloc(8192, 'x');
  const times = Array.from({ length: 200 }, () => {
    const start = performance.now();
    writeSync(handle, block);
    fdatasyncSync(handle);
    return performance.now() - start;
  }).sort((a, b) => a - b);
  closeSync(handle);
  rmSync(file);
  return { p50: times[100], p99: times[198] };
}

/** Milliseconds of CPU, user and system, all threads, that the process has used so far. */
export function cpuMs(pid) {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const TICKS_PER_SECOND = 100;
  return ((Number(fields[11]) + Number(fields[12])) * 1000) / TICKS_PER_SECOND;
}

/** Resident memory in MB. */
export function residentMb(pid) {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024;
}

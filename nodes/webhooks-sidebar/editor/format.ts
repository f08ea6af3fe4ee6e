const DAY_MS = 86_400_000;

/** Of today the time, else the day as well; in the language of the browser. */
export function shortTime(iso: string, nowMs: number): string {
  const date = new Date(iso);
  const isRecent = nowMs - date.getTime() < DAY_MS && date.getDate() === new Date(nowMs).getDate();
  const time = { hour: '2-digit', minute: '2-digit', second: '2-digit', hour12: false } as const;
  if (isRecent) return date.toLocaleTimeString(undefined, time);
  const day = date.toLocaleDateString(undefined, { month: 'short', day: 'numeric' });
  return `${day} ${date.toLocaleTimeString(undefined, { ...time, second: undefined })}`;
}

/** Hour and minute. */
export function clockTime(ms: number): string {
  const time = { hour: '2-digit', minute: '2-digit', hour12: false } as const;
  return new Date(ms).toLocaleTimeString(undefined, time);
}

export function fullTime(iso: string): string {
  const ms = new Date(iso).getMilliseconds().toString().padStart(3, '0');
  const date = new Date(iso);
  return `${date.toLocaleDateString()} ${date.toLocaleTimeString(undefined, { hour12: false })}.${ms}`;
}

/** The symbols are those of every language. */
export function duration(ms: number): string {
  if (ms < 1000) return `${Math.max(0, Math.round(ms))} ms`;
  if (ms < 10_000) return `${(ms / 1000).toFixed(1)} s`;
  if (ms < 60_000) return `${Math.round(ms / 1000)} s`;
  if (ms < 3_600_000) return `${Math.round(ms / 60_000)} min`;
  return ms < DAY_MS ? `${Math.round(ms / 3_600_000)} h` : `${Math.round(ms / DAY_MS)} d`;
}

export function byteSize(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  return bytes < 1_000_000 ? `${(bytes / 1000).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}

export function count(n: number): string {
  return n.toLocaleString();
}

import type { Clock } from '../shared/clock';

/** Calls back once: when what is returned is called, at the latest after `boundMs` (milliseconds). */
export function onceWithin(clock: Clock, boundMs: number, callback: () => void): () => void {
  let called = false;
  const once = (): void => {
    if (called) return;
    called = true;
    timer.cancel();
    callback();
  };
  const timer = clock.after(boundMs, once);
  return once;
}

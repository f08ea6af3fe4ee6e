import { isRecord } from '../../shared/json';
import { noteOthers, type Note } from './note';

/** How an inject node repeats: each so many seconds, or by a cron expression of five fields. */
export type ImportedSchedule = { readonly repeatSeconds: number } | { readonly crontab: string };

const SECONDS = { seconds: 1, minutes: 60, hours: 3600, days: 86_400 } as const;

/** APILinker's `schedule`; null where there is none, or an inject node has no like. */
export function importSchedule(saved: unknown, notes: Note[]): ImportedSchedule | null {
  if (!isRecord(saved)) return null;
  if (saved.type === 'interval') {
    const repeatSeconds = Object.entries(SECONDS).reduce(
      (sum, [unit, seconds]) => sum + seconds * Number(saved[unit] ?? 0),
      0,
    );
    if (repeatSeconds > 0) {
      noteOthers(saved, ['type', ...Object.keys(SECONDS)], 'schedule', notes);
      return { repeatSeconds };
    }
  }
  const { expression } = saved;
  const isCron = saved.type === 'cron' && typeof expression === 'string';
  if (isCron && expression.trim().split(/\s+/).length === 5) {
    noteOthers(saved, ['type', 'expression'], 'schedule', notes);
    return { crontab: expression.trim() };
  }
  notes.push({ code: 'schedule', where: 'schedule' });
  return null;
}

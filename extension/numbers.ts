import type { Traffic } from './report.ts';

const units = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'];

/** Bytes, with three digits at most: "999 B", "1.2 kB", "34 MB". A kB has 1,000 of them. */
export function inBytes(count: number): string {
  let value = count;
  let unit = 0;
  // What rounds to 1,000 is one of the next unit.
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  const digits = unit === 0 || value >= 9.95 ? 0 : 1;
  return `${value.toFixed(digits).replace(/\.0$/, '')} ${units[unit] ?? ''}`;
}

/** What has come from the cluster, and what went there: "↓1.2 kB ↑34 B". */
export function arrows({ received, sent }: Traffic): string {
  return `↓${inBytes(received)} ↑${inBytes(sent)}`;
}

/** Traffic in words: "12 connections (1 open), ↓1.2 kB ↑34 B"; "no connections yet". */
export function traffic(counts: Traffic): string {
  const { open, total } = counts;
  if (total === 0) return 'no connections yet';
  return `${plural(total, 'connection')}${open > 0 ? ` (${open} open)` : ''}, ${arrows(counts)}`;
}

/** The same where there is little room: "12 (1 open) ↓1.2 kB ↑34 B"; "unused". */
export function brief(counts: Traffic): string {
  const { open, total } = counts;
  if (total === 0) return 'unused';
  return `${total}${open > 0 ? ` (${open} open)` : ''} ${arrows(counts)}`;
}

/** "1 pod", "2 pods". */
export function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

import type { Diagnostics } from './diagnostics.ts';
import type { Log } from './log.ts';
import type { Progress } from './progress.ts';
import type { UndoStack } from './undo.ts';

/** What every step of a launch has at hand. */
export interface Scope {
  session: string;
  /** When it began, ISO 8601. */
  since: string;
  /** This program's entry, for what it starts of itself. */
  mainScript: string;
  log: Log;
  progress: Progress;
  undo: UndoStack;
  /** Aborts when the launch is cancelled, and when the session ends. */
  signal: AbortSignal;
  diagnostics: Diagnostics;
}

import type { Log } from './log.ts';

/** Where a launch tells what it is doing; the session turns it into DAP progress or output events. */
export interface Progress {
  /** A step of the story begins; shown to the user, e.g. "Placing the agent". */
  step(title: string): void;
  /** A detail of the present step, or something the user should know; one line, no secret values. */
  say(text: string): void;
  /** Something went less well than it should have, and what to do about it. */
  warn(text: string): void;
}

/** Progress that is kept in the session's log as well; `onWarning` is told of warnings, too. */
export function logged(
  progress: Progress,
  log: Log,
  onWarning: (text: string) => void = () => undefined,
): Progress {
  const tell = (kind: 'step' | 'say' | 'warn') => (text: string) => {
    log.write(kind, text);
    if (kind === 'warn') onWarning(text);
    progress[kind](text);
  };
  return { step: tell('step'), say: tell('say'), warn: tell('warn') };
}

/** The user wants the question before. */
export const back = Symbol('back');
/** What the user chose; `undefined`: they want no more questions. */
export type Outcome<T> = T | typeof back | undefined;

/** One question of several; `skipped`: there was nothing to ask. */
export type Step = (canGoBack: boolean) => Promise<'answered' | 'skipped' | typeof back | undefined>;

/** Asks one after the other, and the one before again for who wants that. Resolves with whether all were answered. */
export async function askAll(steps: readonly Step[]): Promise<boolean> {
  const answered: number[] = [];
  for (let at = 0; at < steps.length;) {
    const outcome = await steps[at]?.(answered.length > 0);
    if (outcome === undefined) return false;
    if (outcome === back) {
      at = answered.pop() ?? 0;
      continue;
    }
    if (outcome === 'answered') answered.push(at);
    at++;
  }
  return true;
}

/** What an answer means for the questions; `keep` gets it. */
export function take<T>(
  outcome: Outcome<T>,
  keep: (value: T) => unknown,
): 'answered' | typeof back | undefined {
  if (outcome === undefined) return undefined;
  if (outcome === back) return back;
  keep(outcome);
  return 'answered';
}

import { typeIn } from '../asking/asking.ts';
import { type Outcome } from '../asking/steps.ts';
import type { Target } from './lists.ts';
import { portPairs, portsFault } from './portWords.ts';

/** Asks on which ports the local process listens. Resolves with `LOCAL:REMOTE` each; without a question where there are none. */
export async function askPorts(
  { target, ports }: Target,
  question: { title: string; canGoBack: boolean },
): Promise<Outcome<string[]> | 'none'> {
  const remotes = ports.flatMap(({ name, containerPort }) =>
    containerPort === null ? [] : [{ local: containerPort, remote: name ?? String(containerPort) }],
  );
  const [first, ...others] = remotes;
  if (first === undefined) return 'none';
  const usual = remotes.map(({ local, remote }) => `${local}:${remote}`).join(', ');
  const text = await typeIn({
    ...question,
    placeholder: usual,
    prompt:
      others.length === 0
        ? `The port that your process listens on here, in place of ${first.remote} of ${target}`
        : `LOCAL:REMOTE for each port of ${target}: where your process listens here, and what that stands in for`,
    value: others.length === 0 ? String(first.local) : usual,
    fault: (given) => portsFault(given),
  });
  return typeof text === 'string' ? portPairs(text, first.remote) : text;
}

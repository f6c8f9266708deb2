import { expect } from '@jest/globals';
import { codes, type Code } from '../../../adapter/errors.ts';
import type { Answer } from '../../dap/client.ts';
import { F5, services, type F5Options } from './f5.ts';
import { kubeconfig } from './kubectl.ts';

/** How a launch is expected to be refused. */
export interface Expected {
  code: Code;
  /** What the message has to say, each. */
  says: readonly (string | RegExp)[];
  /** The last step that was begun; `undefined`: none. */
  at: string | undefined;
}

/** The titles of the steps that a session has shown, as progress. */
export function stepsOf({ client }: F5): string[] {
  return [...client.events('progressStart'), ...client.events('progressUpdate')].map(({ body }) =>
    String(body?.message),
  );
}

/** Presses F5, and expects one clear error; gives its message. The session has ended then. */
export async function expectRefused(
  expected: Expected,
  options: Partial<F5Options> & Pick<F5Options, 'namespace'>,
): Promise<string> {
  await using f5 = await F5.start({
    kubeconfig,
    service: services.node,
    ...options,
    client: { supportsProgressReporting: true, ...options.client },
  });
  const answer = await f5.launched;
  const message = expectClear(answer, expected);
  expect(stepsOf(f5).at(-1)).toBe(expected.at);
  await f5.client.waitForEvent('terminated');
  // Editors show the answer: the same words once more in the console would be a second error.
  expect(f5.client.output('important') + f5.client.output('stderr')).toBe('');
  expect(f5.client.events('terminated')).toHaveLength(1);
  await f5.stop();
  expect(f5.client.stderr).toBe('');
  return message;
}

/** Expects a failed answer with the number of its code, shown to the user, and words that a user understands. */
export function expectClear(answer: Answer, { code, says }: Omit<Expected, 'at'>): string {
  expect(answer).toMatchObject({ success: false, body: { error: { showUser: code !== 'cancelled' } } });
  const message = answer.message ?? '';
  expect({ id: answer.body?.error?.id, message }).toEqual({ id: codes[code], message });
  expect(answer.body?.error?.format).toBe(message);
  for (const words of says) expect(message).toMatch(words);
  // A sentence, not the innards of a program.
  expect(message).toMatch(/^[A-Z]/);
  expect(message).not.toMatch(/undefined|\[object|\b(?:Type|Reference|Range|Syntax)?Error:|^\s+at /m);
  return message;
}

import { PassThrough } from 'node:stream';
import { join } from 'node:path';
import { LaunchError } from '../adapter/errors.ts';
import type { Connected, LaunchContext } from '../adapter/launch.ts';
import { Session, type SessionOptions } from '../adapter/session.ts';
import { DapClient } from './dap/client.ts';

export const root = process.cwd();
export const fixture = (name: string) => join(root, 'test', 'fixtures', name);

/** What the cluster would give; one with a new line, as certificates have. */
export const variables: Record<string, string | null> = {
  SECRET: 'first\nsecond "third" $HOME é',
  CLUSTER_ONLY: '1',
};

/** A launch without a cluster: it hands `debug` over as the real one does, and counts how often it was left. */
export class FakeLaunch {
  left: { inFlight: boolean }[] = [];
  processes: number[] = [];
  lose: (error: LaunchError) => void = () => undefined;
  environment = variables;
  /** Runs before the debugger is started; rejecting is a failed step. */
  before: (context: LaunchContext) => Promise<void> = () => Promise.resolve();
  leaving: () => Promise<void> = () => Promise.resolve();

  launch = async (raw: unknown, context: LaunchContext): Promise<Connected> => {
    const { debug, debugAdapter } = raw as {
      debug: Parameters<LaunchContext['delegate']>[0];
      debugAdapter?: Parameters<LaunchContext['delegate']>[2];
    };
    context.progress.step('Connecting to the cluster');
    await this.before(context);
    context.progress.step('Starting the debugger');
    await context.delegate(debug, this.environment, debugAdapter, (pid) => this.processes.push(pid));
    return {
      leave: async (options) => {
        this.left.push(options);
        await this.leaving();
      },
      lost: new Promise((resolve) => (this.lose = resolve)),
      logPath: '/dev/null',
    };
  };
}

/** A session in this process, and a client that speaks to it. */
export function connectClient(
  fake: FakeLaunch,
  options: Partial<SessionOptions> = {},
): { client: DapClient; session: Session } & AsyncDisposable {
  const toAdapter = new PassThrough();
  const toClient = new PassThrough();
  const session = new Session(toAdapter, toClient, {
    launch: fake.launch,
    mainScript: join(root, 'test', 'fixtures', 'none'),
    ...options,
  });
  const client = new DapClient(toClient, toAdapter);
  return {
    client,
    session,
    [Symbol.asyncDispose]: async () => {
      await client[Symbol.asyncDispose]();
      await session.end();
    },
  };
}

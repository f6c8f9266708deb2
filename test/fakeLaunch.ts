import { Diagnostics } from '../adapter/diagnostics.ts';
import type { LaunchError } from '../adapter/errors.ts';
import type { Connected, Delegation, LaunchContext } from '../adapter/launch.ts';

/** What the cluster would give; one with a new line, as certificates have. */
export const variables: Record<string, string | null> = {
  SECRET: 'first\nsecond "third" $HOME é',
  CLUSTER_ONLY: 'only-in-the-cluster',
};

/** A launch without a cluster: it hands `debug` over as the real one does, and notes how it was left. */
export class FakeLaunch {
  readonly left: { inFlight: boolean; alone: boolean }[] = [];
  /** How often it was kept for another debugger. */
  kept = 0;
  readonly processes: number[] = [];
  /** The lines of the trace, if the launch asks for one. */
  readonly traced: string[] = [];
  readonly diagnostics = new Diagnostics({ session: 'fake', since: 'now', log: '/dev/null' });
  lose: (error: LaunchError) => void = () => undefined;
  /** Resolves when a debugger or debuggee has been started. */
  readonly started: Promise<void>;
  #start: () => void = () => undefined;
  /** Runs before the debugger is started; rejecting is a failed step. */
  before: (context: LaunchContext) => Promise<void> = () => Promise.resolve();
  /** What the local process is to see at other paths. */
  isolation: Delegation['isolation'] = undefined;
  /** What keeping takes. */
  keeping: () => Promise<void> = () => Promise.resolve();
  /** What leaving takes. */
  leaving: () => Promise<void> = () => Promise.resolve();

  constructor() {
    this.started = new Promise((resolve) => (this.#start = resolve));
  }

  launch = async (raw: unknown, context: LaunchContext): Promise<Connected> => {
    const { debug, debugAdapter, trace } = raw as Pick<Delegation, 'debug' | 'debugAdapter'> & {
      trace?: boolean;
    };
    context.progress.step('Connecting to the cluster');
    await this.before(context);
    context.progress.step('Starting the debugger');
    const onProcess = (pid: number) => {
      this.processes.push(pid);
      this.#start();
    };
    const { isolation } = this;
    this.diagnostics.note({ environment: variables });
    const traced = trace === true && { trace: (line: string) => void this.traced.push(line) };
    const given = { debug, debugAdapter, environment: variables, isolation, onProcess };
    await context.delegate({ ...given, ...traced });
    return {
      leave: async (options) => {
        this.left.push(options);
        await this.leaving();
      },
      keep: async () => {
        await this.keeping();
        this.kept++;
      },
      lost: new Promise((resolve) => (this.lose = resolve)),
      logPath: '/dev/null',
      diagnostics: this.diagnostics,
    };
  };
}

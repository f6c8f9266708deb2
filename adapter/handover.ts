import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import type { Configuration } from './configuration.ts';
import { askControl, controlPath, type ControlQuestion } from './control.ts';
import { asLaunchError, cancelled, LaunchError, type Code } from './errors.ts';
import { Journal } from './journal.ts';
import type { Connected, Delegation, LaunchContext } from './launch.ts';
import { waitUntilPortsFree, type FreedPorts } from './localports.ts';
import { Log } from './log.ts';
import { LineChannel } from './machine/elevated/linechannel.ts';
import { sessionFolder } from './machine/folders.ts';
import { withProcessConfiguration } from './processConfiguration.ts';
import { logged } from './progress.ts';
import { restoreDetached } from './restore.ts';
import type { Scope } from './scope.ts';
import { version } from './version.ts';

// An editor whose debugger knows no `restart` request ends the adapter (`disconnect` with `restart`) and starts
// another. The first one then keeps the connection to the cluster and hands it to the second by a socket in the
// session's folder: the connection itself stays where it is, the second runs the debugger.

/** How long the connection waits for the next adapter, in milliseconds: editors run their build task meanwhile. */
const grace = 15_000;
/** How long the last debuggee may take to let go of its ports, in milliseconds. */
const portsPatience = 5000;
const endingSignals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** What goes to the next adapter. */
interface Offer {
  given: Pick<Delegation, 'environment' | 'isolation'>;
  ports: FreedPorts['pairs'];
}

/** What adapters say to each other after that. */
type Word =
  | { say: 'process'; pid: number; role: 'debugger' | 'debuggee' }
  | { say: 'leave'; how: Parameters<Connected['leave']>[0] }
  | { say: 'keep' }
  | { say: 'kept' }
  | { say: 'lost'; code: Code; message: string };

/** A connection as its own adapter holds it. */
export interface Held extends Offer {
  configuration: Configuration;
  onProcess: Delegation['onProcess'];
  connected: Pick<Connected, 'leave' | 'lost'>;
}

/**
 * Keeps the connection for the next adapter with the same configuration: when none comes for it in time, and when the
 * one that came has gone, it is left. Resolves when it can be had. Throws where no socket can be made.
 */
export async function keep(held: Held, scope: Scope & { journal: Journal }): Promise<void> {
  const { session, journal, log, undo } = scope;
  const { connected, onProcess, given, ports } = held;
  const leave = (how = { inFlight: false, alone: false }) => connected.leave(how);
  let waiting: NodeJS.Timeout | undefined;
  const wait = () => {
    waiting = setTimeout(() => {
      log.write('handover', 'Nobody came for the connection.');
      void leave();
    }, grace);
  };
  const serve = (socket: Socket) => {
    // The first is the one: whoever comes beside it begins a session of their own.
    if (waiting === undefined) {
      socket.destroy();
      return;
    }
    clearTimeout(waiting);
    waiting = undefined;
    log.write('handover', 'The next adapter has the connection.');
    const channel = new LineChannel(socket);
    void channel.send({ given, ports } satisfies Offer);
    void connected.lost.then(({ code, message }) => channel.send({ say: 'lost', code, message }));
    let ending: Promise<unknown> | undefined;
    channel.onMessage((message) => {
      const word = message as Word;
      if (word.say === 'process') onProcess(word.pid, word.role);
      if (word.say === 'leave') ending ??= leave(word.how).then(() => channel.close());
      if (word.say !== 'keep') return;
      wait();
      ending ??= channel.send({ say: 'kept' } satisfies Word).then(() => channel.close());
    });
    void channel.closed.then(() => ending ?? leave());
  };
  const server = createServer(serve);
  // The editor sends the adapter it has let go of a signal to end it; a second one is meant.
  let signals = 0;
  const onSignal = () => {
    if (++signals > 1) void leave();
  };
  for (const name of endingSignals) process.on(name, onSignal);
  undo.push('hand the connection to nobody any more', () => {
    for (const name of endingSignals) process.off(name, onSignal);
    clearTimeout(waiting);
    server.close();
  });
  server.listen(handoverPath(session));
  await once(server, 'listening');
  wait();
  void connected.lost.then(() => (waiting === undefined ? undefined : leave()));
  await journal.write({ kept: await fingerprint(held.configuration) });
}

/**
 * Goes on with the connection that the last adapter keeps for this configuration, if one does: starts the debugger
 * with what the local process got before. Rejects as a launch does; the connection is left then.
 */
export async function resume(
  configuration: Configuration,
  context: LaunchContext,
): Promise<Connected | undefined> {
  const journals = (await Journal.all()).filter(({ record }) => record.kept !== undefined);
  if (journals.length === 0) return undefined;
  const wanted = await fingerprint(configuration);
  for (const journal of journals) {
    const taken = journal.record.kept === wanted ? await take(journal.record.session) : undefined;
    if (taken) return goOn(taken, journal, configuration, context);
  }
  return undefined;
}

interface Taken {
  channel: LineChannel;
  offer: Offer;
}

/** Takes the connection; `undefined` when somebody else has it, or nobody any more. */
async function take(session: string): Promise<Taken | undefined> {
  const channel = new LineChannel(connect(handoverPath(session)));
  const offered = new Promise<Offer>((resolve) => channel.onMessage((message) => resolve(message as Offer)));
  const offer = await Promise.race([offered, channel.closed]);
  if (!offer) return undefined;
  channel.hold();
  return { channel, offer };
}

async function goOn(
  { channel, offer }: Taken,
  { record: { session, target, log: logPath } }: Journal,
  configuration: Configuration,
  context: LaunchContext,
): Promise<Connected> {
  const log = new Log(session, logPath);
  const progress = logged(context.progress, log);
  const say = (word: Word) => channel.send(word);
  let kept: () => void = () => undefined;
  let done = false;
  const lost = new Promise<LaunchError>((resolve) => {
    channel.onMessage((message) => {
      const word = message as Word;
      if (word.say === 'lost') resolve(new LaunchError(word.code, word.message));
      if (word.say === 'kept') kept();
    });
    void channel.closed.then(() => {
      if (done) return;
      // Its process was ended: what it has not undone is left to us.
      restoreDetached(session, context.mainScript);
      resolve(holderGone());
    });
  });
  // The other end leaves when it sees this one go, and goes when it has left.
  const leave = async (how?: Parameters<Connected['leave']>[0]) => {
    done = true;
    if (how) void say({ say: 'leave', how });
    else channel.close();
    await channel.closed;
    await log.close();
  };
  try {
    progress.say(`Log: ${logPath}`);
    progress.say(`Going on with the connection to ${target}, which is still there.`);
    const program = await context.find(configuration);
    await waitUntilPortsFree(
      { pairs: offer.ports, ended: [] },
      { patience: portsPatience, signal: context.signal },
    );
    progress.step(`Starting ${program}`);
    const { debug, debugAdapter, trace } = configuration;
    await context.delegate({
      debug,
      debugAdapter,
      ...offer.given,
      ...(trace === true && { trace: (line) => log.write('trace', line) }),
      onProcess: (pid, role = 'debuggee') => void say({ say: 'process', pid, role }),
    });
  } catch (error) {
    await leave();
    throw context.signal.aborted ? cancelled(error) : asLaunchError(error);
  }
  return {
    leave,
    lost,
    keep: async () => {
      const heard = new Promise<void>((resolve) => (kept = resolve));
      done = true;
      void say({ say: 'keep' });
      await Promise.race([heard, channel.closed]);
      await log.close();
    },
    logPath,
    diagnostics: diagnosticsOf(session),
  };
}

/** The adapter that holds the connection answers for it. */
function diagnosticsOf(session: string): Connected['diagnostics'] {
  const ask = async <Question extends ControlQuestion>(question: Question) => {
    const answer = await askControl(controlPath(session), question, AbortSignal.timeout(10_000));
    if (!answer) throw holderGone();
    return answer;
  };
  return {
    report: ({ showSecrets }) => ask({ question: 'diagnostics', showSecrets }),
    summary: () => ask({ question: 'state' }),
    namesOfTheSession: () => [], // Who asks for them only reads, and goes on with nothing.
  };
}

function holderGone(): LaunchError {
  return new LaunchError(
    'agent-lost',
    'Cannot go on: the process that held the connection to the cluster has ended. Start the session again.',
  );
}

/** Where the connection is handed over: a socket in the session's folder, a named pipe on Windows. */
function handoverPath(session: string): string {
  return process.platform === 'win32'
    ? `\\\\.\\pipe\\localprocess-k8s-${session}-next`
    : join(sessionFolder(session), 'next');
}

/**
 * What the connection depends on, as a hash: the configuration without the debugger's own, the files and variables it
 * is read with, and this program.
 */
async function fingerprint(configuration: Configuration): Promise<string> {
  const { debug, ...ours } = { ...configuration, debugAdapter: undefined, log: undefined };
  const silent = { step: () => undefined, say: () => undefined, warn: () => undefined };
  const { processConfiguration } = await withProcessConfiguration(configuration, silent);
  const depends = {
    ours,
    request: debug.request,
    file: processConfiguration?.file.text,
    folder: process.cwd(),
    kubeconfig: process.env.KUBECONFIG,
    version,
  };
  return createHash('sha256').update(JSON.stringify(depends)).digest('hex');
}

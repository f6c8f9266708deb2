import { basename, resolve } from 'node:path';
import { Journal } from './journal.ts';
import { ancestorsOf, readKinship } from './machine/processes/kinship.ts';
import { describeProcess } from './machine/processes/owners.ts';
import { identify, type ProcessIdentity } from './machine/processes/processes.ts';

/** Why a process is not to be ended: what it belongs to. */
export type Belonging =
  /** A session of localprocess-k8s, this one or another; its name, target and begin where they are known. */
  | { to: 'session'; session?: string; target?: string; since?: string }
  /** What has started this process: the editor, a shell. */
  | { to: 'editor' }
  | { to: 'system' };

interface Root {
  pids: readonly number[];
  belonging: Belonging;
}

/**
 * Tells of processes what they belong to; `undefined`: to nothing that matters. A session's are its adapter, the
 * debuggers and debuggees that its journal names, whatever shares their process group, anything that runs this
 * program (the elevated helper, the launcher in a terminal, the sessions of other users), and what descends from all
 * of these. `adapter`: the process that answers for this session.
 */
export async function belongings(
  mainScript: string,
  adapter = process.pid,
): Promise<(pid: number) => Promise<Belonging | undefined>> {
  const [kinship, journals] = await Promise.all([readKinship(), Journal.all()]);
  const roots: Root[] = await Promise.all(
    journals.map(async ({ record: { session, target, since, debuggers = [], process: answering } }) => ({
      pids: await theirs([answering, ...debuggers]),
      belonging: { to: 'session', session, target, since },
    })),
  );
  roots.push({ pids: [adapter], belonging: { to: 'session' } });
  const above = ancestorsOf(adapter, kinship);

  return async (pid) => {
    if (pid <= 1) return { to: 'system' };
    const line = [pid, ...ancestorsOf(pid, kinship)];
    const group = kinship.get(pid)?.group ?? 0;
    const root = roots.find(({ pids }) => pids.some((one) => one === group || line.includes(one)));
    if (root !== undefined) return root.belonging;
    if (above.includes(pid)) return { to: 'editor' };
    // Those of this adapter's own line are its editor's: no session has a session for a parent.
    for (const one of line.filter((each) => !above.includes(each))) {
      const session = sessionIn((await describeProcess(one)).command ?? '', mainScript);
      if (session !== undefined) return { to: 'session', ...session };
    }
    return undefined;
  };
}

/** Ids that nobody else has: as long as a process group lives, its leader's is not used again, also if that is dead. */
async function theirs(identities: readonly ProcessIdentity[]): Promise<number[]> {
  const now = await Promise.all(identities.map(({ pid }) => identify(pid)));
  return identities
    .filter(({ started }, index) => (now[index]?.started ?? started) === started)
    .map(({ pid }) => pid);
}

/** Whether a command line is this program's; with the session where it names one. */
function sessionIn(command: string, mainScript: string): { session?: string } | undefined {
  const words = command.split(' ');
  // `node [options] SCRIPT …`: what comes later is an argument.
  const script = words.slice(1, 4).find((word) => !word.startsWith('-'));
  if (script === undefined || !/^node(?:\.exe)?$/.test(basename(words[0] ?? ''))) return undefined;
  if (
    resolve(script) !== resolve(mainScript) &&
    !/\blocalprocess-k8s(?:[/\\]dist[/\\]main\.js)?$/.test(script)
  )
    return undefined;
  const session = /--session (\S+)/.exec(command)?.[1];
  return session === undefined ? {} : { session };
}

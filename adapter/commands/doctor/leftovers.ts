import { lstat, readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Journal } from '../../journal.ts';
import { hostsFileToRead } from '../../machine/hosts/hosts.ts';
import { linesOf, readLine } from '../../machine/hosts/hostsblock.ts';
import { foldersOf } from '../../machine/volumes/memory.ts';
import { quoted } from '../../nearest.ts';
import { listSessions, type ListedSession } from '../sessions.ts';
import { describeState } from '../status.ts';
import type { Check } from './check.ts';
import type { Subject } from './subject.ts';

/** What sessions have left that do not run any more: on this machine, and, as far as it can be asked, in the cluster. */
export async function checkLeftovers(
  { choice, connectTimeoutSeconds }: Subject,
  signal: AbortSignal,
): Promise<Check[]> {
  const [{ sessions }, journals] = await Promise.all([
    listSessions(choice, undefined, { connectTimeoutSeconds, signal }),
    Journal.all(),
  ]);
  const known = new Set(journals.map(({ record }) => record.session));
  const [hosts, folders] = await Promise.all([hostsLines(known), foldersLeft(known)]);
  const found = [
    ...sessions.filter(isLeft).map(sessionInWords),
    ...hosts.map(
      (session) =>
        `The hosts file has lines of the session "${session}", which is none of yours: if nobody else here runs it, remove the lines that end in "# localprocess-k8s ${session}".`,
    ),
    ...(folders.length > 0
      ? [
          `There are folders of sessions that are not known here: ${quoted(folders)}. If none of them runs with another TMPDIR or XDG_STATE_HOME, remove them.`,
        ]
      : []),
  ];
  if (found.length > 0) return found.map((message) => ({ name: 'leftovers', verdict: 'warning', message }));
  const running = sessions.filter(({ here }) => here).length;
  const message =
    running === 0 ? 'None.' : `None; ${running} of your sessions ${running === 1 ? 'runs' : 'run'}.`;
  return [{ name: 'leftovers', verdict: 'ok', message }];
}

function isLeft({ here, state }: ListedSession): boolean {
  return here && (state === 'dead' || state === 'lost' || state === 'finished');
}

function sessionInWords({ session, target = '?', namespace, state, since }: ListedSession): string {
  const begun = since === undefined ? '' : `, begun ${since}`;
  return `The session ${session} on ${target} in ${namespace}${begun}, is ${describeState(state)}.`;
}

/** Sessions that have lines in the hosts file, and are not known. */
async function hostsLines(known: ReadonlySet<string>): Promise<string[]> {
  // A hosts file that cannot be read is told of by the check of it.
  const text = await readFile(hostsFileToRead(), 'latin1').catch(() => '');
  const sessions = linesOf(text).flatMap((line) => readLine(line)?.session ?? []);
  return [...new Set(sessions)].filter((session) => !known.has(session));
}

/** This user's folders of sessions that are not known. */
async function foldersLeft(known: ReadonlySet<string>): Promise<string[]> {
  const parents = [...new Set(foldersOf('none').map((folder) => dirname(folder)))];
  const found = await Promise.all(
    parents.map(async (parent) => {
      const names = await readdir(parent).catch(() => []); // There is no such place here.
      const paths = names
        .filter((name) => {
          const session = /^localprocess-k8s-([0-9a-f]{8})$/.exec(name)?.[1];
          return session !== undefined && !known.has(session);
        })
        .map((name) => join(parent, name));
      const own = await Promise.all(paths.map(isOwnFolder));
      return paths.filter((_, index) => own[index]);
    }),
  );
  return found.flat();
}

async function isOwnFolder(path: string): Promise<boolean> {
  return lstat(path).then(
    (found) => found.isDirectory() && (process.getuid === undefined || found.uid === process.getuid()),
    () => false, // It has gone meanwhile.
  );
}

import type { Progress } from '../../progress.ts';
import { clusterNames, doubtfulNames, reasonToLeaveOut, type Home } from './hostnames.ts';
import { readHosts } from '../hosts/hosts.ts';
import type { PublicNames } from './publicnames.ts';
import type { ClusterService } from './services.ts';

export interface NamingOptions extends Home {
  /** Names blocks in the hosts file. */
  session: string;
  publicNames?: PublicNames;
  progress: Progress;
}

/** How many names a message lists. */
const most = 10;

/**
 * Gives services their names, those of each in their order. Names that must stay what they are on this machine
 * are left out, and said once; so is it when another session has some.
 */
export function naming(options: NamingOptions): (services: readonly ClusterService[]) => Promise<string[][]> {
  const said = new Set<string>();
  return async (services) => {
    const doubtful = services.flatMap((service) => doubtfulNames(service, options.homeNamespace));
    const resolving = await options.publicNames?.among(doubtful);
    const mapped = readHosts();
    const given = new Set<string>();
    const left: string[] = [];
    const names = services.map((service) =>
      clusterNames(service, options).filter((name) => {
        const reason = reasonToLeaveOut(name, mapped, resolving);
        if (reason !== undefined && !said.has(name)) {
          said.add(name);
          left.push(`"${name}" (${reason})`);
        }
        if (reason !== undefined || given.has(name)) return false;
        given.add(name);
        return true;
      }),
    );
    if (left.length > 0) {
      const more = left.length > most ? ` and ${left.length - most} more` : '';
      options.progress.say(`Names left as they are: ${left.slice(0, most).join(', ')}${more}.`);
    }
    sayShared(mapped.sessions, given, options, said);
    return names;
  };
}

function sayShared(
  sessions: ReadonlyMap<string, string>,
  given: ReadonlySet<string>,
  { session, progress }: NamingOptions,
  said: Set<string>,
): void {
  const shared = [...sessions].filter(
    ([name, owner]) => owner !== session && given.has(name) && !said.has(name),
  );
  for (const [name] of shared) said.add(name);
  const [first] = shared;
  if (first === undefined) return;
  progress.warn(
    `${shared.length} names, "${first[0]}" among them, are mapped by session "${first[1]}" already: ` +
      'until it ends they lead to its cluster or namespace.',
  );
}

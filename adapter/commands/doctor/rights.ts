import { randomBytes } from 'node:crypto';
import { open } from 'node:fs/promises';
import { devNull } from 'node:os';
import type { Configuration } from '../../configuration.ts';
import { LaunchError, messageOf } from '../../errors.ts';
import { checkIsolation } from '../../isolation.ts';
import { Log } from '../../log.ts';
import { Administrator } from '../../machine/administrator.ts';
import { wayToAdministrator, type Way } from '../../machine/elevated/ways.ts';
import { systemHostsFile } from '../../machine/hosts/hosts.ts';
import { assertNamespaceAllowed } from '../../machine/namespace/namespace.ts';
import { mayBeInTheWay } from '../../machine/services/occupied.ts';
import { check, Remark, type Check } from './check.ts';

export interface RightsOptions {
  /** Absent: what a session does by default. */
  configuration: Configuration | undefined;
  /** Also tries what asks the user for permission. */
  prompt: boolean;
  mainScript: string;
  signal: AbortSignal;
}

/**
 * What the names of services take: administrator rights for the hosts file and the redirects of ports, or a mount
 * namespace. A way that the configuration does not go is no condition.
 */
export async function checkRights(options: RightsOptions): Promise<Check[]> {
  const { configuration, signal } = options;
  const { hosts = 'system', useKubernetesServiceEnvironmentVariables: variables = false } =
    configuration ?? {};
  const system = hosts === 'system' && !variables;
  const isolated = (hosts === 'private' && !variables) || configuration?.volumes.at === 'realPaths';
  const [rights, own] = await Promise.all([
    checkAdministrator(options, system ? 'failed' : 'warning'),
    // Nobody expects elsewhere what only Linux can.
    process.platform === 'linux' || isolated
      ? check(
          'private names',
          async () => {
            if (configuration !== undefined && isolated) await checkIsolation(configuration, signal);
            else await assertNamespaceAllowed('hosts', signal);
            return 'The local process can be given a hosts file and paths of its own: "hosts": "private" works.';
          },
          isolated ? 'failed' : 'warning',
        )
      : undefined,
  ]);
  return [...rights, ...(own ? [own] : [])];
}

async function checkAdministrator(options: RightsOptions, otherwise: 'failed' | 'warning'): Promise<Check[]> {
  const started: { administrator?: Administrator } = {};
  const rights = await check(
    'administrator rights',
    async () => {
      const way = await wayToAdministrator();
      if (way.prompts && !options.prompt)
        throw new Remark(
          `"${way.name}" asks for them when a session begins. That was not tried: "--prompt" does, and looks at the hosts file with them.`,
        );
      started.administrator = await start(way, options);
      return way.prompts ? `"${way.name}" gives them.` : `They are there without asking ("${way.name}").`;
    },
    otherwise,
  );
  const { administrator } = started;
  if (administrator === undefined) return [rights];
  await using helper = administrator;
  const hosts = await check('hosts file', () => tryHosts(helper), otherwise);
  if (!mayBeInTheWay) return [rights, hosts];
  const redirects = await check(
    'redirects',
    async () => {
      // None at all: what there is of a session that does not exist is taken away.
      await helper.redirect([]).catch((error: unknown) => {
        throw new Remark(
          `${messageOf(error)}. Services are then on their real ports, as far as nothing here has these: install iptables, or let it work here (the table "nat").`,
        );
      });
      return 'iptables works: services have their real ports, whatever else listens here.';
    },
    'warning',
  );
  return [rights, hosts, redirects];
}

function start(way: Way, { mainScript, signal }: RightsOptions): Promise<Administrator> {
  const quiet = () => undefined;
  return Administrator.start({
    session: randomBytes(4).toString('hex'),
    mainScript,
    log: new Log('doctor', devNull),
    signal,
    progress: { step: quiet, say: quiet, warn: quiet },
    purpose: 'to look at the hosts file',
    way,
  });
}

async function tryHosts(helper: Administrator): Promise<string> {
  // No entries: the file is locked and read, and stays as it is.
  await helper.writeHosts([]);
  if (process.getuid?.() === 0) {
    // What is locked and read may still be on a disk that nothing can be written to.
    const file = await open(systemHostsFile, 'r+').catch((error: unknown) => {
      throw new LaunchError(
        'hosts-unwritable',
        `Cannot write to the hosts file "${systemHostsFile}": ${messageOf(error)}. Make it writable, or set "useKubernetesServiceEnvironmentVariables": true to do without it.`,
        { cause: error },
      );
    });
    await file.close();
  }
  return `"${systemHostsFile}" can be changed; it was not.`;
}

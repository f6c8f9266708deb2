import { randomBytes, randomInt } from 'node:crypto';
import { constants } from 'node:fs';
import { access, mkdir } from 'node:fs/promises';
import { connect, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import { dirname } from 'node:path';
import { LaunchError, messageOf } from '../../errors.ts';
import { wayToAdministrator } from '../../machine/elevated/ways.ts';
import { sessionFolder, stateFolder } from '../../machine/folders.ts';
import { makeFolder, removeFolder } from '../../machine/sessionfolder.ts';
import { blockAddresses } from '../../machine/services/addresses.ts';
import { listen } from '../../machine/services/listening.ts';
import { makeMemoryFolder } from '../../machine/volumes/memory.ts';
import { version } from '../../version.ts';
import { check, Remark, type Check } from './check.ts';

/** What a session needs of this machine whatever it is about. */
export function checkMachine(): Promise<Check[]> {
  return Promise.all([
    check('program', () => `localprocess-k8s ${version}, Node.js ${process.version}.`),
    check('temporary folder', tryTemporaryFolder),
    check('state folder', tryStateFolder),
    check('loopback', tryLoopback),
  ]);
}

async function tryTemporaryFolder(): Promise<string> {
  // No session is called so: nobody takes what is there for a moment for one's.
  const session = `doctor-${randomBytes(4).toString('hex')}`;
  const folder = sessionFolder(session);
  await makeFolder(folder);
  await removeFolder(folder);
  const memory = await makeMemoryFolder(session, 0);
  if (memory === undefined)
    throw new Remark(
      `Sessions keep their files in "${dirname(folder)}". There is no folder in memory: copies of secrets are on disk while a session runs. On Linux, XDG_RUNTIME_DIR or /dev/shm would be one.`,
    );
  await removeFolder(memory);
  return `Sessions keep their files in "${dirname(folder)}", secrets in "${dirname(memory)}".`;
}

/** What outlives a session that is killed is written there. */
async function tryStateFolder(): Promise<string> {
  const folder = stateFolder();
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await access(folder, constants.W_OK);
  } catch (error) {
    throw new LaunchError(
      'folder-unwritable',
      `Cannot write to "${folder}", where sessions are written down so that they can be restored: ${messageOf(error)}. Make it writable, or name another folder in XDG_STATE_HOME.`,
      { cause: error },
    );
  }
  return `"${folder}" can be written to.`;
}

/** An address as services have them. */
async function tryLoopback(): Promise<string> {
  const [address = ''] = blockAddresses(randomInt(1 << 14), 1);
  try {
    const server = await listen(address, 0, { accept: (socket) => socket.destroy() });
    const socket = connect((server.address() as AddressInfo).port, address);
    try {
      await once(socket, 'connect');
    } finally {
      socket.destroy();
      server.close();
    }
  } catch (error) {
    if ((await wayToAdministrator()).aliases)
      throw new Remark(
        `Services get addresses such as "${address}" from the helper with administrator rights: by itself this machine has them not.`,
      );
    throw new LaunchError(
      'listen-failed',
      `Cannot use "${address}", an address as services have them: ${messageOf(error)}. Let 127.0.0.0/8 be this machine's own, or set "useKubernetesServiceEnvironmentVariables": true.`,
      { cause: error },
    );
  }
  return `Addresses of services such as "${address}" can be listened on and reached.`;
}

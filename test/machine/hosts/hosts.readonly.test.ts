import { execFile } from 'node:child_process';
import { chmod, chown, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from '@jest/globals';
import { bundle, temporaryFolder } from '../script.ts';

const run = promisify(execFile);
const asRoot = process.platform === 'linux' && process.getuid?.() === 0 ? test : test.skip;
const original = '127.0.0.1 localhost\r\n::1 ip6-localhost';

/** Writes lines into the file named by the first argument; prints what was refused, or `written`. */
const writer = `
  import { writeHostsBlock } from './hosts/hosts.ts';
  await writeHostsBlock(process.argv[2], 'one', [{ address: '127.65.0.1', hostnames: ['redis'] }]).then(
    () => console.log(JSON.stringify('written')),
    ({ code, message }) => console.log(JSON.stringify({ code, message })),
  );
`;

interface Place extends AsyncDisposable {
  folder: string;
  file: string;
  /** Runs the writer, behind `prefix`; what it prints. */
  write: (prefix: string[], user?: number) => Promise<unknown>;
}

async function place(): Promise<Place> {
  const temporary = await temporaryFolder();
  await chmod(temporary.path, 0o755);
  const script = join(temporary.path, 'writer.mjs');
  await bundle(writer, script);
  const folder = join(temporary.path, 'etc');
  await mkdir(folder);
  const file = join(folder, 'hosts');
  await writeFile(file, original);
  return {
    folder,
    file,
    write: async (prefix, user) => {
      const args = [...prefix, process.execPath, script, file];
      const { stdout } = await run('env', args, user === undefined ? {} : { uid: user, gid: user });
      return JSON.parse(stdout) as unknown;
    },
    [Symbol.asyncDispose]: () => temporary[Symbol.asyncDispose](),
  };
}

/** Runs what follows in a mount namespace of its own, after a shell command in which `$1` is `path`. */
const after = (command: string, path: string) => [
  ...['unshare', '-m', 'sh', '-c', `${command} && shift && exec "$@"`, 'sh', path],
];
const readOnly = 'mount --bind "$1" "$1" && mount -o remount,ro,bind "$1"';

async function expectRefused(place: Place, outcome: unknown, reason: RegExp): Promise<void> {
  expect(outcome).toEqual({
    code: 'hosts-unwritable',
    message: expect.stringMatching(reason) as unknown,
  });
  expect((outcome as { message: string }).message).toMatch(
    /^Cannot write to the hosts file ".*hosts": .*\. Make it writable for the administrator, or set "useKubernetes/,
  );
  expect(await readFile(place.file, 'utf8')).toBe(original);
  expect(await readdir(place.folder)).toEqual(['hosts']);
}

asRoot('a read-only hosts file is written by the administrator, and stays read-only', async () => {
  await using here = await place();
  await chmod(here.file, 0o444);
  expect(await here.write([])).toBe('written');
  expect(await readFile(here.file, 'utf8')).toContain('127.65.0.1 redis');
  expect((await stat(here.file)).mode & 0o777).toBe(0o444);
});

asRoot('a read-only hosts file, for an ordinary user: an error, nothing changed, nothing left', async () => {
  await using here = await place();
  await chmod(here.file, 0o444);
  await expectRefused(here, await here.write([], 12345), /EACCES/);
  // Where the folder is theirs, the file still is not.
  await chown(here.folder, 12345, 12345);
  await expectRefused(here, await here.write([], 12345), /EPERM/);
});

asRoot('a read-only folder: an error, nothing changed, nothing left', async () => {
  await using here = await place();
  await expectRefused(here, await here.write(after(readOnly, here.folder)), /EROFS/);
});

asRoot('a hosts file that is a read-only mount: an error, nothing changed, nothing left', async () => {
  await using here = await place();
  await expectRefused(here, await here.write(after(readOnly, here.file)), /EROFS/);
});

asRoot('an immutable hosts file: an error, nothing changed, nothing left', async () => {
  await using here = await place();
  const immutable = await run('chattr', ['+i', here.file]).then(
    () => true,
    () => false, // Not every file system has the attribute, nor every container the right to set it.
  );
  if (!immutable) return;
  try {
    await expectRefused(here, await here.write([]), /EPERM/);
  } finally {
    await run('chattr', ['-i', here.file]);
  }
});

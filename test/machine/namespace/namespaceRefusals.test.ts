import { existsSync } from 'node:fs';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, test } from '@jest/globals';
import { insideFolder, machine, users, type Outcome, type Wanted } from './inside.ts';

const asRoot = process.platform === 'linux' && process.getuid?.() === 0 ? test : test.skip;

interface Refusal {
  code: string;
  attribute: string;
  message: string;
}

function refusal({ code, stdout }: Outcome): Refusal {
  expect([code, stdout]).toEqual([99, expect.any(String)]);
  return JSON.parse(stdout) as Refusal;
}

asRoot.each([
  ['/', 'it would hide "/'],
  ['/usr', '"/usr/'],
  ['/usr/bin', 'need what it has there itself'],
  ['/lib', 'need what it has there itself'],
  ['/etc', 'need what it has there itself'],
  ['/dev', 'need what it has there itself'],
  ['/var/run', 'need what it has there itself'],
  ['/etc/../proc', 'nothing can be mounted in "/proc"'],
  ['/proc/sys/shop', 'nothing can be mounted in "/proc"'],
  ['/sys/fs/shop', 'nothing can be mounted in "/sys"'],
  ['/dev/shop', '"/dev", where that could be made up'],
  ['/tmp', '"/tmp'],
  ['/tmp/none-of-this-machine', 'Create "/tmp/none-of-this-machine" here'],
])('a volume at "%s" is refused: %s', async (to, why) => {
  await using here = await insideFolder();
  const before = await machine();
  for (const uid of Object.values(users)) {
    const { code, attribute, message } = refusal(
      await here.run({ binds: [{ from: here.volume, to }], uid, env: { TMPDIR: '/tmp' } }, 'true'),
    );
    expect([code, attribute]).toEqual(['isolation-unavailable', 'volumes.at']);
    expect(message).toContain(`Cannot show "${to}" of the pod`);
    expect(message).toContain(why);
    expect(message).toContain(`"volumes": {"exclude": ["${to}"]}`);
  }
  expect(await machine()).toEqual(before);
});

asRoot('a volume that would hide the program, or make its folder another, is refused', async () => {
  await using here = await insideFolder();
  const project = join(here.path, 'home', 'shop');
  await mkdir(join(project, 'src'), { recursive: true });
  await writeFile(join(project, 'server.js'), '');
  await symlink(join(here.path, 'home'), join(here.path, 'by-link'));
  const keep = [join(here.path, 'by-link', 'shop', 'server.js'), join(here.path, 'by-link', 'shop')];
  const shown = (to: string): Wanted => ({ binds: [{ from: here.volume, to }], keep, cwd: '/' });

  for (const to of [project, dirname(project)])
    expect(refusal(await here.run(shown(to), 'true')).message).toContain(`"${project}`);
  // What the debugger writes beside the program has to be on the machine.
  const missing = join(project, 'config');
  expect(refusal(await here.run(shown(missing), 'true')).message).toContain(`Create "${missing}" here`);
  // What is there can be mounted on, and nothing else changes.
  const { stdout } = await here.run(
    { ...shown(join(project, 'src')), cwd: project },
    'cat src/greeting; echo made > made',
  );
  expect(stdout).toBe('good morning\n');
  expect(existsSync(join(project, 'made'))).toBe(true);
});

asRoot('links that go in circles, and a volume that is not there, are errors and nothing else', async () => {
  await using here = await insideFolder();
  await symlink(join(here.path, 'b'), join(here.path, 'a'));
  await symlink(join(here.path, 'a'), join(here.path, 'b'));
  const circle = await here.run(
    { binds: [{ from: here.volume, to: join(here.path, 'a', 'x') }], cwd: '/' },
    'true',
  );
  expect(refusal(circle).message).toContain('go in circles');
  const nothing = await here.run({ binds: [{ from: join(here.path, 'no'), to: '/etc/shop' }] }, 'true');
  expect(refusal(nothing).message).toContain('ENOENT');
});

/** A changed root, in which nobody gets a namespace, and a setting of the kernel's that says so. */
function inChangedRoot(setting: string, value: string): string[] {
  const script = `mount -t tmpfs none /proc/sys/kernel && echo ${value} > /proc/sys/kernel/${setting} &&
    mount --rbind / /mnt && exec chroot /mnt setpriv --reuid ${users['an ordinary user']} --clear-groups "$@"`;
  return ['unshare', '--mount', 'sh', '-c', script, 'sh'];
}

/** Ways to forbid namespaces to the adapter alone, each by words that it is started by. */
const inUserNamespace = ['unshare', '--user', '--map-root-user'];
const withoutRights = ['setpriv', '--bounding-set', '-sys_admin', '--inh-caps', '-sys_admin'];

asRoot.each<[string, string[], number, string[]]>([
  [
    'a limit of no user namespaces',
    [
      ...inUserNamespace,
      'sh',
      '-c',
      'echo 0 > /proc/sys/user/max_user_namespaces; exec "$@"',
      'sh',
      ...withoutRights,
    ],
    users['an ordinary user'],
    ['"user.max_user_namespaces = 0"', '"sudo sysctl user.max_user_namespaces=15000"', 'as root'],
  ],
  [
    'a limit of no mount namespaces',
    [...inUserNamespace, 'sh', '-c', 'echo 0 > /proc/sys/user/max_mnt_namespaces; exec "$@"', 'sh'],
    users['an ordinary user'],
    ['"user.max_mnt_namespaces = 0"', '"sudo sysctl user.max_mnt_namespaces=15000"'],
  ],
  [
    'a container without the capability', // The kernel gives none to whoever is in a changed root.
    [
      'unshare',
      '--mount',
      'sh',
      '-c',
      'mount --rbind / /mnt && exec chroot /mnt "$@"',
      'sh',
      ...withoutRights,
    ],
    0,
    ['may not have a mount namespace here', 'Operation not permitted', 'SYS_ADMIN'],
  ],
  [
    "Ubuntu's restriction",
    inChangedRoot('apparmor_restrict_unprivileged_userns', '1'),
    0,
    ['"sudo sysctl kernel.apparmor_restrict_unprivileged_userns=0"'],
  ],
  [
    "Debian's restriction",
    inChangedRoot('unprivileged_userns_clone', '0'),
    0,
    ['"sudo sysctl kernel.unprivileged_userns_clone=1"'],
  ],
  [
    'a system without unshare',
    ['unshare', '--mount', 'sh', '-c', 'mount --bind /dev/null /usr/bin/unshare && exec "$@"', 'sh'],
    0,
    ['there is no program "unshare"', 'Install util-linux 2.36'],
  ],
])('%s: says so and what to do, before anything is touched', async (_, by, uid, words) => {
  await using here = await insideFolder();
  const before = await machine();
  const outcome = await here.run({ binds: [{ from: here.volume, to: '/etc/shop' }], by, uid }, 'true');
  const { code, message } = refusal(outcome);
  expect(code).toBe('isolation-unavailable');
  for (const word of [...words, 'or set "volumes": {"at": "folder"}']) expect(message).toContain(word);
  expect(await machine()).toEqual(before);
});

const withBusyBox = existsSync('/usr/bin/busybox') ? asRoot : test.skip;
withBusyBox("BusyBox's unshare is not enough for an ordinary user, and the error says what is", async () => {
  await using here = await insideFolder();
  const script = `mount --bind /usr/bin/busybox /usr/bin/unshare && exec setpriv --reuid ${users['an ordinary user']} --clear-groups "$@"`;
  const by = ['unshare', '--mount', 'sh', '-c', script, 'sh'];
  const { message } = refusal(
    await here.run({ binds: [{ from: here.volume, to: '/etc/shop' }], by }, 'true'),
  );
  expect(message).toMatch(/"\/usr\/bin\/unshare" is too old or too small .*Install util-linux 2\.36/);
});

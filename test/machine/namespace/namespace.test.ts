import { existsSync } from 'node:fs';
import { chmod, chown, mkdir, readFile, rename, stat, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, test } from '@jest/globals';
import type { Bind } from '../../../adapter/machine/namespace/namespace.ts';
import { insideFolder, machine, printed, users } from './inside.ts';

const asRoot = process.platform === 'linux' && process.getuid?.() === 0 ? test : test.skip;

for (const [who, uid] of Object.entries(users)) {
  asRoot(
    `${who}: volumes at their real paths, of which this machine has none, before, during and after`,
    async () => {
      await using here = await insideFolder();
      const { volume, secret } = here;
      const token = '/var/run/secrets/kubernetes.io/serviceaccount';
      const before = await machine();
      const binds = [
        { from: volume, to: '/etc/shop' },
        { from: secret, to: '/etc/keys/api-key' },
        { from: volume, to: '/shop-data/deep/er' },
        { from: volume, to: token },
      ];
      const shell = `cat /etc/shop/greeting /etc/keys/api-key /shop-data/deep/er/greeting ${token}/greeting; read end`;
      const child = here.start({ binds, uid }, ['sh', '-c', shell]);
      const said = printed(child);
      expect(await said.until((text) => text.split('\n').length > 4)).toBe(
        'good morning\nof the pod\ngood morning\ngood morning\n',
      );
      for (const path of ['/etc/shop', '/etc/keys', '/shop-data', '/run/secrets', '/sys/sys'])
        expect([path, existsSync(path)]).toEqual([path, false]);
      expect(await machine()).toEqual(before);
      child.stdin.end('\n');
      expect(await said.rest()).toMatchObject({ code: 0, output: '' });
      expect(await machine()).toEqual(before);
    },
  );

  asRoot(
    `${who}: the command is this user's, in its folder, and what it makes elsewhere is on the machine`,
    async () => {
      await using here = await insideFolder();
      const work = join(here.path, 'work');
      await mkdir(work);
      await chown(work, uid, uid);
      const binds = [{ from: here.volume, to: '/shop-data' }];
      const { stdout, code } = await here.run(
        { binds, uid, cwd: work },
        'id -u; id -g; pwd; pwd -P; echo made > made; echo "$PATH"; head -c3 /dev/zero | wc -c; kill -0 $$ && grep -c . /proc/self/cgroup; exit 7',
      );
      expect(stdout.split('\n').slice(0, 6)).toEqual([`${uid}`, `${uid}`, work, work, process.env.PATH, '3']);
      expect(code).toBe(7);
      expect(await readFile(join(work, 'made'), 'utf8')).toBe('made\n');
      expect((await stat(join(work, 'made'))).uid).toBe(uid);
    },
  );

  asRoot(
    `${who}: everything beside a volume looks as before: contents, kinds and modes of /, /etc, /run`,
    async () => {
      await using here = await insideFolder();
      const binds = ['/shop-data', '/etc/shop', '/run/shop'].map((to) => ({ from: here.volume, to }));
      const look =
        'for f in / /etc /run; do (cd $f; ls -A); done; cat /etc/nsswitch.conf; ls -lL /usr/bin/env /bin/sh; ls /sys /dev /home';
      const lines = async (binds: Bind[]) =>
        new Set((await here.run({ binds, uid }, look)).stdout.split('\n'));
      // Other programs go on meanwhile: what was there before and after was there at the same time.
      const before = await lines([]);
      const inside = await lines(binds);
      const after = await lines([]);
      const both = [...before].filter((line) => after.has(line));
      expect(both.filter((line) => !inside.has(line))).toEqual([]);
      const added = [...inside].filter((line) => !before.has(line) && !after.has(line));
      expect(added.filter((line) => !line.startsWith('.localprocess-k8s-'))).toEqual(['shop-data', 'shop']);
    },
  );

  asRoot(`${who}: a volume inside another, and one through a symbolic link of this machine`, async () => {
    await using here = await insideFolder();
    const extra = join(here.path, 'extra');
    const inner = join(here.path, 'inner');
    await mkdir(extra);
    await mkdir(inner);
    await writeFile(join(extra, 'more'), 'more\n');
    await symlink(inner, join(here.path, 'link'));
    await symlink(join(inner, 'not yet'), join(here.path, 'dangling'));
    const binds = [
      { from: extra, to: '/etc/shop/with space/extra' },
      { from: here.secret, to: '/etc/shop/key' },
      { from: here.volume, to: '/etc/shop' },
      { from: extra, to: join(here.path, 'link', 'x', "it's") },
      { from: here.volume, to: join(here.path, 'dangling') },
    ];
    const { stdout, stderr } = await here.run(
      { binds, uid, cwd: '/' },
      `cat /etc/shop/greeting '/etc/shop/with space/extra/more' /etc/shop/key; cat "${inner}/x/it's/more" '${inner}/not yet/greeting'`,
    );
    expect([stdout, stderr.replace(/^PID.*\n/, '')]).toEqual([
      'good morning\nmore\nof the pod\nmore\ngood morning\n',
      '',
    ]);
    expect(existsSync(join(inner, 'x'))).toBe(false);
    expect(existsSync(join(inner, 'not yet'))).toBe(false);
  });

  asRoot(
    `${who}: a file that is replaced on the machine is seen; one that is shown in its place stays`,
    async () => {
      await using here = await insideFolder();
      const etc = join(here.path, 'etc');
      await mkdir(join(etc, 'sub'), { recursive: true });
      for (const name of ['hosts', 'passwd', 'sub/file']) await writeFile(join(etc, name), 'old\n');
      const binds = [
        { from: here.secret, to: join(etc, 'hosts') },
        { from: here.volume, to: join(etc, 'missing') },
      ];
      const show = `cat ${etc}/hosts ${etc}/passwd ${etc}/sub/file`;
      const child = here.start({ binds, uid, cwd: '/' }, [
        'sh',
        '-c',
        `${show}; echo; read changed; ${show}`,
      ]);
      const said = printed(child);
      expect(await said.until((text) => text.endsWith('\n\n'))).toBe('of the pod\nold\nold\n\n');
      for (const name of ['hosts', 'passwd', 'sub/file']) {
        await writeFile(join(etc, `${name}.new`), 'replaced\n');
        await rename(join(etc, `${name}.new`), join(etc, name));
      }
      await writeFile(here.secret, 'in place\n');
      child.stdin.end('\n');
      expect((await said.rest()).output).toBe('in place\nreplaced\nreplaced\n');
    },
  );

  asRoot(
    `${who}: the debugger can end it by its process id, also with SIGKILL, and nothing stays`,
    async () => {
      await using here = await insideFolder();
      const before = await machine();
      const child = here.start({ binds: [{ from: here.volume, to: '/shop-data' }], uid }, [
        'sh',
        '-c',
        'echo $$; exec sleep 1000',
      ]);
      const said = printed(child);
      const pid = await said.until((text) => text.endsWith('\n'));
      process.kill(Number(pid), 'SIGKILL');
      expect(await said.rest()).toMatchObject({ code: 98, words: `PID ${pid}` });
      expect(await machine()).toEqual(before);
    },
  );

  asRoot(
    `${who}: a hosts file of its own, read by the system's resolver, that follows what is written in place`,
    async () => {
      await using here = await insideFolder();
      const hosts = join(here.path, 'hosts');
      await writeFile(hosts, '127.44.1.1 thedatabase\n');
      const child = here.start({ binds: [{ from: hosts, to: '/etc/hosts' }], uid }, [
        'sh',
        '-c',
        'getent hosts thedatabase; read changed; getent hosts thedatabase thequeue',
      ]);
      const said = printed(child);
      const first = await said.until((text) => text.endsWith('\n'));
      await writeFile(hosts, '127.44.1.9 thedatabase\n127.44.1.2 thequeue\n');
      child.stdin.end('\n');
      const { output } = await said.rest();
      expect((first + output).replaceAll(/ +/g, ' ')).toBe(
        '127.44.1.1 thedatabase\n127.44.1.9 thedatabase\n127.44.1.2 thequeue\n',
      );
      expect(await readFile('/etc/hosts', 'utf8')).not.toMatch(/thedatabase|thequeue/);
    },
  );

  asRoot(`${who}: a session inside another sees what both show`, async () => {
    await using here = await insideFolder();
    const outer = { binds: [{ from: here.volume, to: '/etc/shop' }], uid };
    const inner = JSON.stringify({
      binds: [{ from: here.secret, to: '/etc/key' }],
      command: ['sh', '-c', 'cat /etc/shop/greeting /etc/key; wc -c < /etc/passwd; id -u'],
    });
    const { stdout } = await here.run(
      outer,
      `exec '${process.execPath}' '${here.path}/enter.mjs' '${inner}'`,
    );
    expect(stdout).toBe(`good morning\nof the pod\n${(await stat('/etc/passwd')).size}\n${uid}\n`);
  });
}

asRoot(
  'an ordinary user keeps others out of nothing more than before: what only root may read stays so',
  async () => {
    await using here = await insideFolder();
    const secret = join(here.path, 'of-root');
    await writeFile(secret, 'x', { mode: 0o600 });
    const { stdout } = await here.run(
      { binds: [{ from: here.volume, to: '/etc/shop' }], uid: users['an ordinary user'] },
      `cat ${secret} 2>&1; mkdir ${dirname(secret)}/made 2>&1; umount /etc/shop 2>&1; grep CapEff /proc/self/status`,
    );
    expect(stdout).toMatch(/Permission denied[^]*Permission denied[^]*umount[^]*CapEff:\s+0+\n$/);
  },
);

asRoot('supplementary groups go on counting for an ordinary user', async () => {
  await using here = await insideFolder();
  const shared = join(here.path, 'shared');
  await writeFile(shared, 'for the group\n', { mode: 0o640 });
  await chown(shared, 0, 61_300);
  const id = String(users['an ordinary user']);
  const by = ['setpriv', '--reuid', id, '--regid', id, '--groups', '61300'];
  const { stdout } = await here.run(
    { binds: [{ from: here.volume, to: '/etc/shop' }], by },
    `cat ${shared} /etc/shop/greeting`,
  );
  expect(stdout).toBe('for the group\ngood morning\n');
});

asRoot('a folder that the user may not list is no obstacle', async () => {
  await using here = await insideFolder();
  const closed = join(here.path, 'closed');
  await mkdir(closed);
  await chmod(closed, 0o711);
  const binds = [{ from: here.volume, to: join(closed, 'shop') }];
  const { stdout } = await here.run(
    { binds, uid: users['an ordinary user'], cwd: '/' },
    `cat ${closed}/shop/greeting`,
  );
  expect(stdout).toBe('good morning\n');
});

const withBusyBox = existsSync('/usr/bin/busybox') ? asRoot : test.skip;
withBusyBox('root needs no more than BusyBox', async () => {
  await using here = await insideFolder();
  const programs = [
    '/usr/bin/unshare',
    '/usr/bin/umount',
    '/usr/bin/cp',
    '/usr/bin/ln',
    '/usr/bin/mkdir',
    '/usr/bin/rmdir',
    '/usr/sbin/pivot_root',
    '/bin/sh',
    '/usr/bin/mount',
  ];
  const replace = programs.map(
    (path) => `/usr/bin/busybox mount --bind /usr/bin/busybox "$(/usr/bin/busybox readlink -f ${path})"`,
  );
  const binds = ['/etc/shop', '/shop-data', '/etc/passwd-file'].map((to, index) => ({
    from: index === 2 ? here.secret : here.volume,
    to,
  }));
  const by = ['unshare', '--mount', 'sh', '-c', `${replace.join(' && ')} && exec "$@"`, 'sh'];
  const { stdout, stderr } = await here.run(
    { binds, by },
    'cat /etc/shop/greeting /shop-data/greeting /etc/passwd-file; unshare --help 2>&1 | head -n1',
  );
  expect(stdout + stderr).toContain('BusyBox');
  expect(stdout).toMatch(/^good morning\ngood morning\nof the pod\n/);
});

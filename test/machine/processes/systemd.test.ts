import { chmod, mkdir, readFile, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { endHolder } from '../../../adapter/machine/processes/ending.ts';
import { occupantsOf } from '../../../adapter/machine/processes/occupants.ts';
import { parseUnit } from '../../../adapter/machine/processes/systemd.ts';
import { freePort, run } from './occupant.ts';
import { temporaryFolder } from '../script.ts';

const v1 = (path: string) => `13:pids:/system.slice/elsewhere
12:cpu,cpuacct:/
2:memory:/system.slice/elsewhere
1:name=systemd:${path}
0::/
`;
const hybrid = (path: string) => `1:name=systemd:${path}\n0::${path}\n`;
const v2 = (path: string) => `0::${path}\n`;
const app = '/user.slice/user-1000.slice/user@1000.service/app.slice';

test.each([v1, hybrid, v2])('tells the service of a process from its control groups', (text) => {
  const unit = (path: string) => parseUnit(text(path));
  expect(unit('/system.slice/nginx.service')).toEqual({ unit: 'nginx.service', own: false });
  expect(unit('/system.slice/system-postgresql.slice/postgresql@15-main.service')).toEqual({
    unit: 'postgresql@15-main.service',
    own: false,
  });
  expect(unit('/system.slice/apache2.service/workers')).toEqual({ unit: 'apache2.service', own: false });
  expect(unit('/machine.slice/_cpu.service')).toEqual({ unit: 'cpu.service', own: false });
  expect(unit(`${app}/web.service`)).toEqual({ unit: 'web.service', own: true, uid: 1000 });
  expect(unit(`${app}/app-dev\\x2dserver.slice/app-dev\\x2dserver@1.service`)).toEqual({
    unit: 'app-dev\\x2dserver@1.service',
    own: true,
    uid: 1000,
  });
});

test.each([v1, hybrid, v2])(
  'terminals, desktop programs, containers and managers are no services',
  (text) => {
    for (const path of [
      '/',
      '/user.slice/user-1000.slice/session-3.scope',
      '/user.slice/user-1000.slice/user@1000.service',
      '/user.slice/user-1000.slice/user@1000.service/init.scope',
      `${app}/app-org.gnome.Terminal.slice/vte-spawn-0f6d2a6e-5f5c-4d6e-8f5c-1.scope`,
      `${app}/app-gnome-code-4711.scope`,
      '/system.slice/docker-4bd3f6f5a7b1.scope',
      '/docker/4bd3f6f5a7b1',
      '/kubepods.slice/kubepods-pod1.slice/cri-containerd-4bd3.scope',
      '/system.slice/containerd.service/run.scope',
      '/init.scope',
    ])
      expect({ path, unit: parseUnit(text(path)) }).toEqual({ path, unit: undefined });
    expect(parseUnit('')).toBeUndefined();
  },
);

/** systemd's hierarchy, where this machine mounts it for us to make control groups in. */
const slice = '/sys/fs/cgroup/systemd/system.slice';
const withControlGroups = await mkdir(slice, { recursive: true }).then(
  () => test,
  () => test.skip,
);

afterAll(async () => {
  await rmdir(slice).catch(() => undefined); // It was there before, and has others in it.
});

/** Plays systemd: keeps a server running in a control group, until it is told not to (SIGUSR2). */
const keeper = `
  const { spawn } = require('node:child_process');
  const { writeFileSync, appendFileSync } = require('node:fs');
  const [group, mainFile, port] = process.argv.slice(1);
  let keeps = true;
  let child;
  const start = () => {
    const code = "require('node:net').createServer().listen(" + port + ", '127.0.0.1', () => console.log('up'))";
    child = spawn('/bin/sh', ['-c', 'echo $$ > "$0"/cgroup.procs; exec "$@"', group, process.execPath, '-e', code],
      { detached: true, stdio: ['ignore', 'pipe', 'inherit'] });
    writeFileSync(mainFile, String(child.pid));
    child.stdout.once('data', () => console.log(child.pid));
    child.once('exit', () => { if (keeps) start(); else process.exit(0); });
  };
  process.on('SIGUSR2', () => { keeps = false; child.kill(); });
  start();
`;

withControlGroups('a service is stopped in the place of its process, which would come back', async () => {
  await using folder = await temporaryFolder();
  const unit = `lpk8s-test-${process.pid}.service`;
  const group = join(slice, unit);
  await mkdir(group);
  const [mainFile, calls] = [join(folder.path, 'main'), join(folder.path, 'calls')];
  const port = await freePort();
  const before = process.env.PATH;
  try {
    await using systemd = await run(keeper, [group, mainFile, port]);
    // A stand-in: systemd itself does not run where these tests do.
    const standIn = join(folder.path, 'systemctl');
    await writeFile(
      standIn,
      `#!/bin/sh
echo "$@" >> "${calls}"
case "$1" in show) cat "${mainFile}";; stop) kill -USR2 ${systemd.pid};; esac
`,
    );
    await chmod(standIn, 0o755);
    process.env.PATH = `${folder.path}:${before ?? ''}`;

    const [occupant] = await occupantsOf([port]);
    expect(occupant?.holder).toMatchObject({ pid: systemd.said[0], service: { unit, own: false } });
    if (occupant?.holder === undefined) throw new Error('Nobody has the port.');
    const { pid, started } = occupant.holder;
    await endHolder(
      { identity: { pid, started }, ports: [port], withService: true },
      { signal: new AbortController().signal },
    );
    expect(await systemd.ended).toBe(0);
    expect(await occupantsOf([port])).toEqual([]);
    expect((await readFile(calls, 'utf8')).trim().split('\n').at(-1)).toBe(
      `stop --no-ask-password -- ${unit}`,
    );
  } finally {
    process.env.PATH = before;
    await rmdir(group);
  }
});

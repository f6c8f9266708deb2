import { once } from 'node:events';
import { readFile, stat, writeFile } from 'node:fs/promises';
import net from 'node:net';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { exposeServices, type ClusterService } from '../../../adapter/machine/services/services.ts';
import { Log } from '../../../adapter/log.ts';
import { UndoStack } from '../../../adapter/undo.ts';
import { temporaryFolder } from '../script.ts';
import { ask, echo, serve } from '../processes/server.ts';
import { cluster, options } from './shop.ts';

const onLinux = process.platform === 'linux' ? test : test.skip;
const service = (name: string, port: number, more: Partial<ClusterService> = {}): ClusterService => ({
  name,
  namespace: 'shop-of-test',
  host: `${name}.host`,
  ports: [{ port }],
  ...more,
});

/** Services that change when the test says so. */
function changes() {
  const { readable, writable } = new TransformStream<ClusterService[], ClusterService[]>();
  const writer = writable.getWriter();
  return { changes: readable, become: (...services: ClusterService[]) => void writer.write(services) };
}

const free = async () => {
  await using server = await serve('0.0.0.0', echo);
  return server.port;
};

onLinux(
  'a private hosts file follows the services, is one file all the time, and needs no rights',
  async () => {
    await using shop = await cluster();
    await using folder = await temporaryFolder();
    const [machines, hostsFile] = [join(folder.path, 'machine'), join(folder.path, 'hosts')];
    await writeFile(
      machines,
      '127.0.0.1 localhost\n10.0.0.9 taken-of-test\n127.70.0.1 theirs-of-test # localprocess-k8s other\n',
    );
    process.env.LOCALPROCESS_HOSTS_FILE = machines;
    const ended = new AbortController();
    const undo = new UndoStack(new Log('test', '/dev/null'));
    try {
      const [a, b, c] = [await free(), await free(), await free()];
      const live = changes();
      const settings = options(undo, {
        mode: 'private',
        hostsFile,
        ...shop,
        changes: live.changes,
        signal: ended.signal,
      });
      const exposure = await exposeServices(
        [service('one-of-test', a), service('taken-of-test', a)],
        settings,
      );
      const text = await readFile(hostsFile, 'utf8');
      const inode = (await stat(hostsFile)).ino;
      expect(text).toMatch(/^127\.0\.0\.1 localhost\n10\.0\.0\.9 taken-of-test\n127\./);
      expect(text).not.toContain('theirs-of-test');
      expect(text).not.toMatch(/ taken-of-test .*svc/);
      expect(text).toContain('taken-of-test.shop-of-test.svc');
      expect(settings.said.join()).toContain('"taken-of-test" (the hosts file maps it already)');
      const address = (name: string) => exposure.services.find((each) => each.name === name)?.address ?? '';
      const first = address('one-of-test');
      expect(await ask(first, a, 'one')).toBe('one');

      // Comes, changes its port and its host; an open connection of what goes stays.
      const open = net.connect(a, first);
      await once(open, 'connect');
      live.become(service('one-of-test', b, { host: 'moved.host' }), service('two-of-test', c));
      await until(() => exposure.services.some(({ name }) => name === 'two-of-test'));
      await until(async () => (await readFile(hostsFile, 'utf8')).includes('two-of-test'));
      expect(address('one-of-test')).toBe(first);
      expect(await ask(first, a, 'gone')).toBe('ECONNREFUSED');
      expect(await ask(first, b, 'there')).toBe('there');
      expect(shop.dialled.at(-1)).toBe(`moved.host:${b}`);
      expect(await ask(address('two-of-test'), c, 'new')).toBe('new');
      open.write('still');
      expect(String((await once(open, 'data'))[0])).toBe('still');

      live.become(service('two-of-test', c));
      await until(async () => !(await readFile(hostsFile, 'utf8')).includes('one-of-test'));
      expect(await ask(first, b, 'gone')).toBe('ECONNREFUSED');
      open.write('yet');
      expect(String((await once(open, 'data'))[0])).toBe('yet');
      open.destroy();

      // The machine's own file changes.
      await writeFile(machines, '127.0.0.1 localhost changed-of-test\n');
      await until(async () => (await readFile(hostsFile, 'utf8')).includes('changed-of-test'));
      expect(await readFile(hostsFile, 'utf8')).toContain('two-of-test.shop-of-test.svc');
      expect((await stat(hostsFile)).ino).toBe(inode);
    } finally {
      delete process.env.LOCALPROCESS_HOSTS_FILE;
      ended.abort();
      await undo.undo();
    }
  },
);

test('without names, listeners come and go with the services; pods and other protocols have none', async () => {
  await using shop = await cluster();
  const undo = new UndoStack(new Log('test', '/dev/null'));
  const live = changes();
  const settings = options(undo, { mode: 'environment', ...shop, changes: live.changes });
  const pod = service('pod-0.one-of-test', 80, { kind: 'pod' });
  const one = service('one-of-test', 80, { otherPorts: ['53/UDP'] });
  const exposure = await exposeServices([one, pod], settings);
  expect(exposure.services.map(({ name }) => name)).toEqual(['one-of-test']);
  expect(settings.said).toEqual(['Only TCP is reached from this machine, not "one-of-test:53/UDP".']);
  const local = exposure.services[0]?.ports[0]?.local ?? 0;
  live.become(one, service('two-of-test', 80));
  await until(() => exposure.services.length === 2);
  expect(exposure.services[0]?.ports[0]?.local).toBe(local);
  expect(await ask('127.0.0.1', exposure.services[1]?.ports[0]?.local ?? 0, 'two')).toBe('two');
  live.become();
  await until(() => exposure.services.length === 0);
  expect(await ask('127.0.0.1', local, 'gone')).toBe('ECONNREFUSED');
  await undo.undo();
});

/** Resolves when `holds` does, looked at again and again: what is waited for happens in turns of this process. */
async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 5));
}

import { execFile } from 'node:child_process';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from '@jest/globals';
import { readHosts, writeHostsBlock } from '../../../adapter/machine/hosts/hosts.ts';
import { countSteps } from './steps.ts';
import { bundle, temporaryFolder } from '../script.ts';

const run = promisify(execFile);
const original = '127.0.0.1 localhost\r\n::1 ip6-localhost';
const entry = { address: '127.65.0.1', hostnames: ['redis'] };

/** Writes lines, killing itself before the Nth step on the file system; ends normally when there are fewer. */
const dyingWriter = `
${countSteps("if (steps === Number(process.argv[3])) process.kill(process.pid, 'SIGKILL');", [
  ...['renameSync', 'openSync', 'writeSync', 'ftruncateSync', 'fsyncSync', 'closeSync'],
])}
await writeHostsBlock(path, 'one', JSON.parse(process.argv[4]));
`;

/** The mount is seen inside this mount namespace alone, and ends with it. */
const mounted = ['unshare', '-m', 'sh', '-c', 'mount --bind "$3" "$3" && exec "$@"', 'sh'];
const mayMount = process.platform === 'linux' && process.getuid?.() === 0;
const changes = [
  { change: 'add', from: [], to: [entry] },
  { change: 'remove', from: [entry], to: [] },
].flatMap((change) => [
  { ...change, where: 'replaced', prefix: [] as string[] },
  ...(mayMount ? [{ ...change, where: 'a mount of its own', prefix: mounted }] : []),
]);

test.each(changes)(
  'a crash between any two steps ($change, the file is $where) leaves old or new, and in the end every byte',
  async ({ from, to, prefix, where }) => {
    await using folder = await temporaryFolder();
    const script = join(folder.path, 'writer.mjs');
    await bundle(dyingWriter, script);
    const place = join(folder.path, 'etc');
    await mkdir(place);
    const path = join(place, 'hosts');
    await writeFile(path, original);
    await writeHostsBlock(path, 'one', to);
    const texts = { old: '', new: await readFile(path, 'utf8') };
    const meanings = [from, to].map((entries) => JSON.stringify(entries.flatMap((e) => e.hostnames)));

    const seen = new Set<string>();
    let crashes = 0;
    for (let step = 1; ; step++) {
      await writeHostsBlock(path, 'one', from);
      texts.old = await readFile(path, 'utf8');
      const crashed = await run('env', [
        ...prefix,
        process.execPath,
        script,
        path,
        String(step),
        JSON.stringify(to),
      ]).then(
        () => false,
        (error: unknown) => {
          if ((error as { signal?: string }).signal === 'SIGKILL') return true;
          throw error;
        },
      );
      const text = await readFile(path, 'utf8');
      // A mount cannot be replaced: for a moment there is something more, which means nothing.
      if (where === 'replaced') expect([texts.old, texts.new]).toContain(text);
      else {
        expect(text.startsWith(original)).toBe(true);
        expect(meanings).toContain(JSON.stringify([...readHosts(path).sessions.keys()]));
        expect([...readHosts(path).own]).toEqual(['localhost', 'ip6-localhost']);
      }
      seen.add(text);
      // Whoever writes next, be it another session, meets no hindrance, and clears up.
      await writeHostsBlock(path, 'two', [{ address: '127.66.0.1', hostnames: ['web'] }]);
      expect((await readdir(place)).sort()).toEqual(['hosts', 'hosts.localprocess-k8s.bak']);
      await writeHostsBlock(path, 'two', []);
      await writeHostsBlock(path, 'one', []);
      expect(await readFile(path, 'utf8')).toBe(original);
      expect(await readdir(place)).toEqual(['hosts']);
      if (!crashed) break;
      crashes++;
    }
    expect(crashes).toBeGreaterThan(10);
    expect(seen.size).toBeGreaterThan(1);
  },
  60_000,
);

(mayMount ? test : test.skip)('writes in place where the file is a mount of its own', async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, 'hosts');
  await writeFile(path, original);
  const script = join(folder.path, 'writer.mjs');
  await bundle(
    `import { writeHostsBlock } from './hosts/hosts.ts';
     import { readFileSync } from 'node:fs';
     await writeHostsBlock(process.argv[2], 'one', ${JSON.stringify([entry])});
     const written = readFileSync(process.argv[2], 'utf8');
     await writeHostsBlock(process.argv[2], 'one', []);
     process.stdout.write(JSON.stringify({ written, restored: readFileSync(process.argv[2], 'utf8') }));`,
    script,
  );
  const { stdout } = await run('env', [...mounted, process.execPath, script, path]);
  const { written, restored } = JSON.parse(stdout) as { written: string; restored: string };
  expect(written).toContain('127.65.0.1 redis # localprocess-k8s one\r\n');
  expect(restored).toBe(original);
  expect((await readdir(folder.path)).sort()).toEqual(['hosts', 'writer.mjs']);
});

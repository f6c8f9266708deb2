import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';

/** A folder of the test's own, removed when disposed. */
export async function temporaryFolder(): Promise<AsyncDisposable & { path: string }> {
  const path = await mkdtemp(join(tmpdir(), 'machine-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

/** A state folder of this test's own, for its journals, in the place of the user's until it is disposed. */
export async function ownStateFolder(): Promise<AsyncDisposable & { path: string }> {
  const folder = await temporaryFolder();
  const before = process.env.XDG_STATE_HOME;
  process.env.XDG_STATE_HOME = folder.path;
  return {
    path: folder.path,
    [Symbol.asyncDispose]: async () => {
      if (before === undefined) delete process.env.XDG_STATE_HOME;
      else process.env.XDG_STATE_HOME = before;
      await folder[Symbol.asyncDispose]();
    },
  };
}

/** Bundles TypeScript `source`, whose imports are relative to `adapter/machine`, into a script that Node.js runs. */
export async function bundle(source: string, outfile: string): Promise<void> {
  await build({
    stdin: { contents: source, resolveDir: join(import.meta.dirname, '../../adapter/machine'), loader: 'ts' },
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    outfile,
    banner: {
      js: "import { createRequire as createRequire_ } from 'node:module';\nconst require = createRequire_(import.meta.url);",
    },
    logLevel: 'error',
  });
}

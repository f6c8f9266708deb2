// Bundles a program of bench/, bench/relay/ or demo/ into a temporary folder and runs it; all but the relay's against
// the cluster that KUBECONFIG names: node scripts/run.mjs bench|bench/relay|demo [ARGUMENT]…
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';

const [, , program = '', ...args] = process.argv;
if (!process.env.KUBECONFIG && program !== 'bench/relay') {
  throw new Error(`Set KUBECONFIG: npm run ${program}`);
}
if (!existsSync('dist/main.js')) throw new Error('Run "npm run build" first.');

const entries = readdirSync(program).filter((name) => name.endsWith('.ts'));
const folder = await mkdtemp(join(tmpdir(), `${program.replace('/', '-')}-`));
try {
  await build({
    entryPoints: entries.map((name) => join(program, name)),
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    // CommonJS dependencies in an ES module bundle call `require` for Node's own modules.
    banner: {
      js: "import { createRequire as createRequire_ } from 'node:module';\nconst require = createRequire_(import.meta.url);",
    },
    logLevel: 'warning',
  });
  const run = spawnSync(process.execPath, [join(folder, 'main.mjs'), ...args], { stdio: 'inherit' });
  process.exitCode = run.status ?? 1;
} finally {
  await rm(folder, { recursive: true, force: true });
}
